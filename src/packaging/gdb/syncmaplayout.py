# SPDX-License-Identifier: MIT
"""Where a SyncMap keeps its entries, for a debugger that reads memory.

Nothing here calls into the program, so all of it works for a core file, too. The names of members
and of types are those of include/SyncMap; the numbers are named below, each with its place.
"""

import re

import gdb

# private/map/tagword.h: of a group's word, each byte is the tag of a slot; its high bit says "live".
TAG_HIGHS = 0x8080808080808080
# private/map/taggedtable.h: TaggedTable::GroupSize
GROUP_SIZE = 8
# private/map/directory.h: bits() is this minus m_shift
DIRECTORY_BITS = 63
# private/map/hash.h: MaxShardDepth
MOST_DIRECTORY_BITS = 24
# private/map/inlinetable.h: LargestCapacity, the larger one of the two tables
LARGEST_CAPACITY = 16384

WORD_BYTES = 8


class NotConstructed(Exception):
    """What stands in memory is no map: it was not constructed yet, or is gone."""


def plain(value):
    """The object itself, for one and for a reference to one."""
    if value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        return value.referenced_value()
    return value


def argument(type_, index=0):
    return type_.strip_typedefs().unqualified().template_argument(index)


def held(holder, type_=None):
    """What an atomic, a smart pointer or a cell has as its first member, whichever library made it.

    By default of the type that is the holder's first template argument.
    """
    pointer = (type_ or argument(holder.type)).pointer()
    return holder.address.cast(pointer).dereference()


def held_pointer(holder):
    """The pointer in a QAtomicPointer<T> or a smart pointer to T."""
    return held(holder, argument(holder.type).pointer())


def number(address, type_name):
    return int(gdb.Value(address).cast(gdb.lookup_type(type_name).pointer()).dereference())


def is_big_endian():
    return 'big' in gdb.execute('show endian', to_string=True)


def words(address, count):
    memory = bytes(gdb.selected_inferior().read_memory(address, count * WORD_BYTES))
    order = 'big' if is_big_endian() else 'little'
    for i in range(0, len(memory), WORD_BYTES):
        yield int.from_bytes(memory[i:i + WORD_BYTES], order)


def tables(engine):
    """Of each shard that the directory leads to, the table that readers see."""
    directory_at = held_pointer(engine['m_directory'])
    if int(directory_at) == 0:
        raise NotConstructed
    directory = directory_at.dereference()
    bits = DIRECTORY_BITS - int(directory['m_shift'])
    if not 0 <= bits <= MOST_DIRECTORY_BITS:
        raise NotConstructed
    shard_pointer = argument(directory.type).pointer()
    entries = (directory_at + 1).cast(shard_pointer.pointer())
    before = 0
    for i in range(1 << bits):
        shard_at = entries[i]
        # One of less depth than the directory has several places, side by side.
        if int(shard_at) == before:
            continue
        before = int(shard_at)
        if before == 0:
            raise NotConstructed
        yield held_pointer(shard_at['snapshot']).dereference()


def tags(table):
    """The words of a table, none for that of an empty shard."""
    if int(table['m_slots']) == 0:
        return
    groups = int(table['m_groupMask']) + 1
    if groups > LARGEST_CAPACITY // GROUP_SIZE:
        raise NotConstructed
    yield from words(int(table.address) + table.type.sizeof, groups)


def size(engine):
    """The number of entries. Exact, though the program may be in the middle of a write."""
    return sum(bin(word & TAG_HIGHS).count('1') for table in tables(engine) for word in tags(table))


def entries(engine):
    """The keys, and the values as the map has them: those of a cache are its entries."""
    for table in tables(engine):
        slots = table['m_slots']
        slot_type = slots.type.target().strip_typedefs()
        are_nodes = re.match(r'SyncMapInternal::(\w+::)?InlineNode<', slot_type.name)
        for group, word in enumerate(tags(table)):
            for i in range(GROUP_SIZE):
                if not word >> (8 * i) & 0x80:
                    continue
                slot = slots[group * GROUP_SIZE + i]
                if are_nodes:
                    node = slot
                else:
                    node_at = held(slot)
                    # A writer that removes it has come so far.
                    if int(node_at) == 0:
                        continue
                    node = node_at.dereference()
                yield node['key'], held(node['value'])


def core(cache):
    """What a SyncCache is made of."""
    pointer = held_pointer(cache['m_core'])
    if int(pointer) == 0:
        raise NotConstructed
    return pointer.dereference()


def guarded(guard):
    """Of an open guard: its epoch, that of the map, and how many this thread has of the map.

    None for one that was moved from. Not every compiler describes the thread's slot to a program
    that does not make one itself: a number of 64 bits for the epoch, a pointer, another such
    number, two of a pointer's size, and the depth (ThreadSlot in private/reclamation/threadslot.h).
    """
    pin = guard['m_pin']
    domain = pin['m_domain']
    if int(domain) == 0:
        return None
    slot = int(pin['m_slot'])
    since = number(slot, 'unsigned long long')
    depth = number(slot + 24 + 2 * domain.type.sizeof, 'unsigned int')
    return since, int(held(domain['m_epoch'])), depth


def error_text(error):
    """Code and text of a SyncCacheError, None for no error.

    Its data belong to the library, which may have no debug information: a count of references and
    the code, a pointer, a list and two strings (CacheErrorData in src/cache/cacheerror.cpp). The
    text, in UTF-8, is the latter of these: all three are a pointer to their memory, one to where
    they begin, and a size.
    """
    pointer = gdb.lookup_type('void').pointer()
    address = int(held(error, pointer))
    if address == 0:
        return None
    what = address + 8 + pointer.sizeof + 6 * pointer.sizeof
    code = gdb.Value(number(address + 4, 'int'))
    begin = number(what + pointer.sizeof, 'unsigned long')
    length = number(what + 2 * pointer.sizeof, 'unsigned long')
    text = bytes(gdb.selected_inferior().read_memory(begin, length)) if length else b''
    return code, text.decode('utf-8', 'replace')
