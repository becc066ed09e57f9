// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/syncmapglobal.h>

#include <QtCore/qstring.h>

#include <optional>
#include <utility>
#include <vector>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// A walk through a value and its parts: where it is, how deep, and why it ended early.
class SYNCMAP_EXPORT ValueWalk
{
public:
    explicit ValueWalk(QString *why) : m_why(why) { }

    // What is nested deeper would need a stack without bound.
    static constexpr int DeepestNesting = 200;

    // Into a part, and back.
    class Step
    {
    public:
        Step(ValueWalk &walk, qsizetype index) : Step(walk, QString(), index) { }
        Step(ValueWalk &walk, QString name) : Step(walk, std::move(name), Named) { }
        ~Step() { m_walk.m_path.pop_back(); }

    private:
        Step(ValueWalk &walk, QString name, qsizetype index) : m_walk(walk)
        {
            walk.m_path.push_back({ std::move(name), index });
        }
        Q_DISABLE_COPY_MOVE(Step)

        ValueWalk &m_walk;
    };

    bool isAtTop() const noexcept { return m_path.empty(); }
    bool isTooDeep() const noexcept { return m_path.size() >= std::size_t(DeepestNesting); }

    // "a function", "belongs to its engine": "a function belongs to …" of the value itself, and
    // "list[2].f is a function, which belongs to …" of a part.
    std::nullopt_t refuse(const QString &what, const QString &rule);
    // "contains itself": "it contains …", "list[2] contains …".
    std::nullopt_t refusePlace(const QString &rule);

private:
    static constexpr qsizetype Named = -1;

    struct Place
    {
        QString name;
        qsizetype index;
    };
    QString pathText() const;

    std::vector<Place> m_path;
    QString *const m_why;
};

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
