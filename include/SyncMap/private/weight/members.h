// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qglobal.h>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The members of a plain struct, by structured bindings. A wrong number of names would be an error
// in the user's struct, so it is found beforehand, and whatever is doubtful has unknown members.
//
// Each position of T{...} is tried with {}, which takes a whole member, be it an array or a struct:
// anything else would begin with the first element of an array. Where that ends, no other
// initializer must be accepted, or there is one more member, which cannot be made from {}.
//
// No members are seen of structs with bases, of those with unions or structs without a name, of those
// with more than twelve members, of those that say themselves what they are bound to
// (std::tuple_size), of those with members that {} does not make (references, and what
// has no default constructor, or an explicit one), and of those that cannot be moved: GCC does not
// show a union in them.

inline constexpr int UnknownMembers = -1;
inline constexpr int MostMembers = 12;
inline constexpr std::size_t LargestArray =
        16; // of what {} does not make: larger ones are not seen

template <typename T, typename = void>
struct IsComplete : std::false_type
{
};
template <typename T>
struct IsComplete<T, std::void_t<decltype(sizeof(T))>> : std::true_type
{
};

// Converters. None is copyable, so that those who take anything copyable do not take them.

template <typename T>
struct AnyMemberOf
{
    AnyMemberOf() = default;
    Q_DISABLE_COPY(AnyMemberOf)
    template <typename U, typename = std::enable_if_t<!std::is_same_v<std::remove_cv_t<U>, T>>>
    operator U() const;
};
template <typename T>
struct AnyLvalueOf
{
    AnyLvalueOf() = default;
    Q_DISABLE_COPY(AnyLvalueOf)
    template <typename U, typename = std::enable_if_t<!std::is_same_v<std::remove_cv_t<U>, T>>>
    operator U &() const;
};
template <typename T>
struct AnyRvalueOf
{
    AnyRvalueOf() = default;
    Q_DISABLE_COPY(AnyRvalueOf)
    template <typename U, typename = std::enable_if_t<!std::is_same_v<std::remove_cv_t<U>, T>>>
    operator U &&() const;
};
template <typename T>
struct AnyBaseOf
{
    AnyBaseOf() = default;
    Q_DISABLE_COPY(AnyBaseOf)
    template <typename U,
              typename = std::enable_if_t<std::is_base_of_v<U, T> && !std::is_same_v<U, T>>>
    operator U() const;
};

// Compilers name what has no name so; an extension of theirs lets the members of such a struct be
// used like the outer one's, which structured bindings refuse.
template <typename U>
constexpr bool hasNoName() noexcept
{
#if defined(_MSC_VER) && !defined(__clang__)
    constexpr std::string_view name = __FUNCSIG__;
#else
    constexpr std::string_view name = __PRETTY_FUNCTION__;
#endif
    for (const std::string_view sign : { "unnamed struct", "anonymous struct", "unnamed class",
                                         "anonymous class", "<unnamed-t" }) {
        if (name.find(sign) != std::string_view::npos)
            return true;
    }
    return false;
}
template <typename U>
struct MayLackName
    : std::bool_constant<std::is_union_v<U> || (std::is_class_v<U> && hasNoName<U>())>
{
};
struct AnyNameless
{
    AnyNameless() = default;
    Q_DISABLE_COPY(AnyNameless)
    template <typename U, typename = std::enable_if_t<MayLackName<U>::value>>
    operator U() const;
};
template <typename T, std::size_t>
using AnyOf = AnyMemberOf<T>;
struct Nothing // converts to nothing: only what takes anything takes it
{
};

// What {} stands for at each position.
#define SYNCMAP_EMPTY_0
#define SYNCMAP_EMPTY_1 {},
#define SYNCMAP_EMPTY_2 SYNCMAP_EMPTY_1 {},
#define SYNCMAP_EMPTY_3 SYNCMAP_EMPTY_2 {},
#define SYNCMAP_EMPTY_4 SYNCMAP_EMPTY_3 {},
#define SYNCMAP_EMPTY_5 SYNCMAP_EMPTY_4 {},
#define SYNCMAP_EMPTY_6 SYNCMAP_EMPTY_5 {},
#define SYNCMAP_EMPTY_7 SYNCMAP_EMPTY_6 {},
#define SYNCMAP_EMPTY_8 SYNCMAP_EMPTY_7 {},
#define SYNCMAP_EMPTY_9 SYNCMAP_EMPTY_8 {},
#define SYNCMAP_EMPTY_10 SYNCMAP_EMPTY_9 {},
#define SYNCMAP_EMPTY_11 SYNCMAP_EMPTY_10 {},
#define SYNCMAP_EMPTY_12 SYNCMAP_EMPTY_11 {},

// Whether T can be made of so many {}, with one {} more, and with one X more.
template <typename T, int Count, typename = void>
struct TakesOneMore : std::false_type
{
};
template <typename T, int Count, typename X, typename = void>
struct TakesAnother : std::false_type
{
};
template <typename T, int Count, typename X, typename = void>
struct TakesBraced : std::false_type
{
};
template <typename T, int Count, typename Xs, typename = void>
struct TakesMany : std::false_type
{
};
#define SYNCMAP_TAKES(N) \
  template <typename T> \
  struct TakesOneMore<T, N, std::void_t<decltype(T { SYNCMAP_EMPTY_##N {} })>> : std::true_type \
  { \
  }; \
  template <typename T, typename X> \
  struct TakesAnother<T, N, X, std::void_t<decltype(T { SYNCMAP_EMPTY_##N std::declval<X>() })>> \
      : std::true_type \
  { \
  }; \
  template <typename T, typename X> \
  struct TakesBraced<T, N, X, \
                     std::void_t<decltype(T { SYNCMAP_EMPTY_##N { std::declval<X>() } })>> \
      : std::true_type \
  { \
  }; \
  template <typename T, std::size_t... Is> \
  struct TakesMany<T, N, std::index_sequence<Is...>, \
                   std::void_t<decltype(T { SYNCMAP_EMPTY_##N std::declval<AnyOf<T, Is>>()... })>> \
      : std::true_type \
  { \
  };
SYNCMAP_TAKES(0)
SYNCMAP_TAKES(1)
SYNCMAP_TAKES(2)
SYNCMAP_TAKES(3)
SYNCMAP_TAKES(4)
SYNCMAP_TAKES(5)
SYNCMAP_TAKES(6)
SYNCMAP_TAKES(7)
SYNCMAP_TAKES(8)
SYNCMAP_TAKES(9)
SYNCMAP_TAKES(10)
SYNCMAP_TAKES(11)
SYNCMAP_TAKES(12)
#undef SYNCMAP_TAKES
#undef SYNCMAP_EMPTY_0
#undef SYNCMAP_EMPTY_1
#undef SYNCMAP_EMPTY_2
#undef SYNCMAP_EMPTY_3
#undef SYNCMAP_EMPTY_4
#undef SYNCMAP_EMPTY_5
#undef SYNCMAP_EMPTY_6
#undef SYNCMAP_EMPTY_7
#undef SYNCMAP_EMPTY_8
#undef SYNCMAP_EMPTY_9
#undef SYNCMAP_EMPTY_10
#undef SYNCMAP_EMPTY_11
#undef SYNCMAP_EMPTY_12

template <typename T, int Count, typename... Xs>
inline constexpr bool takesAnyOf =
        ((TakesAnother<T, Count, Xs>::value || TakesBraced<T, Count, Xs>::value) || ...);

// An array of what has no default constructor takes no less than there is room for.
template <typename T, int Count, std::size_t... Rooms>
constexpr bool takesArray(std::index_sequence<Rooms...>) noexcept
{
    return (TakesMany<T, Count, std::make_index_sequence<Rooms + 2>>::value || ...);
}

template <typename T, int Count>
inline constexpr bool takesMore = takesArray<T, Count>(std::make_index_sequence<LargestArray - 1>())
        || takesAnyOf<T, Count, AnyMemberOf<T>, AnyMemberOf<T> &, AnyLvalueOf<T>, AnyLvalueOf<T> &,
                      AnyRvalueOf<T>, AnyRvalueOf<T> &, Nothing, Nothing &>;

// The first of a struct's elements, if it has any, is a base if one of them is.
template <typename T>
inline constexpr bool mayHaveBase =
        takesAnyOf<T, 0, AnyBaseOf<T>, AnyBaseOf<T> &, Nothing, Nothing &>;

template <typename T, int Count = 0>
constexpr int countMembers() noexcept
{
    if constexpr (takesAnyOf<T, Count, AnyNameless, AnyNameless &>)
        return UnknownMembers;
    else if constexpr (!TakesOneMore<T, Count>::value)
        return takesMore<T, Count> ? UnknownMembers : Count;
    else if constexpr (Count == MostMembers)
        return UnknownMembers;
    else
        return countMembers<T, Count + 1>();
}

template <typename T, typename = void>
struct IsMadeOfNothing : std::false_type
{
};
template <typename T>
struct IsMadeOfNothing<T, std::void_t<decltype(T {})>> : std::true_type
{
};

// What the compiler says of it, if it does.
template <typename T, int Count, typename = void>
struct IsBoundTo : std::false_type
{
};
#if defined(__has_builtin)
#  if __has_builtin(__builtin_structured_binding_size)
#    define SYNCMAP_BINDING_SIZE(T) int(__builtin_structured_binding_size(T))
#  endif
#endif
#ifdef SYNCMAP_BINDING_SIZE
template <typename T, int Count>
struct IsBoundTo<T, Count, std::enable_if_t<SYNCMAP_BINDING_SIZE(T) == Count>> : std::true_type
{
};
#  undef SYNCMAP_BINDING_SIZE
#else
template <typename T, int Count>
struct IsBoundTo<T, Count, void> : std::true_type
{
};
#endif

template <typename T>
constexpr int membersOf() noexcept
{
    if constexpr (!IsComplete<T>::value || std::is_array_v<T> || std::is_union_v<T>)
        return UnknownMembers;
    else if constexpr (!std::is_class_v<T> || !std::is_aggregate_v<T>)
        return UnknownMembers;
    else if constexpr (!std::is_move_constructible_v<T> || !IsMadeOfNothing<T>::value)
        return UnknownMembers;
    else if constexpr (IsComplete<std::tuple_size<T>>::value || mayHaveBase<T>)
        return UnknownMembers;
    else if constexpr (constexpr int count = countMembers<T>(); count <= 0)
        return count;
    else
        return IsBoundTo<T, count>::value ? count : UnknownMembers;
}

template <typename T>
inline constexpr int memberCount = membersOf<T>();

template <typename... Ts>
struct Types
{
};

#define SYNCMAP_MEMBERS_1(X) X(0)
#define SYNCMAP_MEMBERS_2(X) SYNCMAP_MEMBERS_1(X), X(1)
#define SYNCMAP_MEMBERS_3(X) SYNCMAP_MEMBERS_2(X), X(2)
#define SYNCMAP_MEMBERS_4(X) SYNCMAP_MEMBERS_3(X), X(3)
#define SYNCMAP_MEMBERS_5(X) SYNCMAP_MEMBERS_4(X), X(4)
#define SYNCMAP_MEMBERS_6(X) SYNCMAP_MEMBERS_5(X), X(5)
#define SYNCMAP_MEMBERS_7(X) SYNCMAP_MEMBERS_6(X), X(6)
#define SYNCMAP_MEMBERS_8(X) SYNCMAP_MEMBERS_7(X), X(7)
#define SYNCMAP_MEMBERS_9(X) SYNCMAP_MEMBERS_8(X), X(8)
#define SYNCMAP_MEMBERS_10(X) SYNCMAP_MEMBERS_9(X), X(9)
#define SYNCMAP_MEMBERS_11(X) SYNCMAP_MEMBERS_10(X), X(10)
#define SYNCMAP_MEMBERS_12(X) SYNCMAP_MEMBERS_11(X), X(11)
#define SYNCMAP_NAME(N) m##N
#define SYNCMAP_TYPE(N) decltype(m##N)
#define SYNCMAP_VISIT(N) visit.template member<decltype(m##N)>(m##N)
#define SYNCMAP_DECOMPOSE(N) \
  template <typename T> \
  auto typesOfMembers(const T &value, std::integral_constant<int, N>) \
  { \
    [[maybe_unused]] const auto &[SYNCMAP_MEMBERS_##N(SYNCMAP_NAME)] = value; \
    return Types<SYNCMAP_MEMBERS_##N(SYNCMAP_TYPE)>(); \
  } \
  template <typename T, typename Visit> \
  void visitMembers(const T &value, Visit &visit, std::integral_constant<int, N>) \
  { \
    const auto &[SYNCMAP_MEMBERS_##N(SYNCMAP_NAME)] = value; \
    SYNCMAP_MEMBERS_##N(SYNCMAP_VISIT); \
  }
template <typename T>
Types<> typesOfMembers(const T &, std::integral_constant<int, 0>);
template <typename T, typename Visit>
void visitMembers(const T &, Visit &, std::integral_constant<int, 0>)
{
}
SYNCMAP_DECOMPOSE(1)
SYNCMAP_DECOMPOSE(2)
SYNCMAP_DECOMPOSE(3)
SYNCMAP_DECOMPOSE(4)
SYNCMAP_DECOMPOSE(5)
SYNCMAP_DECOMPOSE(6)
SYNCMAP_DECOMPOSE(7)
SYNCMAP_DECOMPOSE(8)
SYNCMAP_DECOMPOSE(9)
SYNCMAP_DECOMPOSE(10)
SYNCMAP_DECOMPOSE(11)
SYNCMAP_DECOMPOSE(12)
#undef SYNCMAP_DECOMPOSE
#undef SYNCMAP_VISIT
#undef SYNCMAP_TYPE
#undef SYNCMAP_NAME
#undef SYNCMAP_MEMBERS_1
#undef SYNCMAP_MEMBERS_2
#undef SYNCMAP_MEMBERS_3
#undef SYNCMAP_MEMBERS_4
#undef SYNCMAP_MEMBERS_5
#undef SYNCMAP_MEMBERS_6
#undef SYNCMAP_MEMBERS_7
#undef SYNCMAP_MEMBERS_8
#undef SYNCMAP_MEMBERS_9
#undef SYNCMAP_MEMBERS_10
#undef SYNCMAP_MEMBERS_11
#undef SYNCMAP_MEMBERS_12

// Types<...> of the members as they are declared, each const.
template <typename T>
using MembersOf = decltype(typesOfMembers(std::declval<const T &>(),
                                          std::integral_constant<int, memberCount<T>>()));

// Calls visit.member<Declared>(member) for each.
template <typename T, typename Visit>
void forEachMember(const T &value, Visit &visit)
{
    visitMembers(value, visit, std::integral_constant<int, memberCount<T>>());
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
