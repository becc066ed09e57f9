# SPDX-License-Identifier: MIT
"""gdb shows what is in a SyncMap or a SyncCache, and where a guard stands.

    (gdb) source <prefix>/share/syncmap/gdb/syncmapprinters.py

does it by hand; of a shared library that is installed to /usr, gdb finds it by itself.
"""

import os
import sys

import gdb
import gdb.printing

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import syncmaplayout as layout  # noqa: E402
import syncmapqttypes as qttypes  # noqa: E402

NOT_THERE = (layout.NotConstructed, gdb.MemoryError)


def type_name(value):
    return str(value.type.strip_typedefs().unqualified())


def counted(number):
    return '1 entry' if number == 1 else '%d entries' % number


class MapPrinter:
    """SyncMap<Key, T>"""

    def __init__(self, value):
        self.value = layout.plain(value)

    def engine(self):
        return self.value['m_engine']

    def details(self):
        return ''

    def to_string(self):
        name = type_name(self.value)
        try:
            return '%s with %s%s' % (name, counted(layout.size(self.engine())), self.details())
        except NOT_THERE:
            return '%s that is not constructed' % name

    def children(self):
        try:
            for number, (key, value) in enumerate(layout.entries(self.engine())):
                yield '[%d].key' % number, key
                yield '[%d].value' % number, value
        except NOT_THERE:
            return

    def display_hint(self):
        return 'map'


class CachePrinter(MapPrinter):
    """SyncCache<Key, T>"""

    def engine(self):
        return layout.core(self.value)['m_map']

    def details(self):
        core = layout.core(self.value)
        cost = int(layout.held(core['m_totalCost']))
        most = int(layout.held(core['m_maxCost']))
        unit = ' bytes' if bool(core['m_weighsBytes']) else ''
        bound = ' of %d%s' % (most, unit) if most >= 0 else '%s without a bound' % unit
        pinned = int(core['m_pinnedCost'])
        return ', cost %d%s%s' % (cost, bound, ', %d of it pinned' % pinned if pinned else '')


def span(nanoseconds):
    if nanoseconds % 1000000000 == 0:
        return '%d s' % (nanoseconds // 1000000000)
    return '%d ms' % (nanoseconds // 1000000)


class EntryPrinter:
    """What a cache keeps of an entry beside its value, if there is anything to say."""

    NEVER = (1 << 63) - 1
    GONE = -(1 << 63)  # EntryFront::Gone

    def __init__(self, value):
        self.value = layout.plain(value)

    def to_string(self):
        return None

    def children(self):
        entry = self.value
        yield 'value', entry['value']
        yield 'cost', entry['cost']
        if entry['pinned']:
            yield 'pinned', entry['pinned']
        if int(layout.held(entry['deadline'])) == self.GONE:
            yield 'expired', gdb.Value(True)
        if int(layout.held(entry['staleAt'])) == self.GONE:
            yield 'stale', gdb.Value(True)
        extras_at = layout.held_pointer(entry['extras'])
        if int(extras_at) == 0:
            return
        extras = extras_at.dereference()
        for member in ('timeToLive', 'timeToIdle'):
            if int(extras[member]) != self.NEVER:
                yield member, span(int(extras[member]))
        tags = qttypes.strings(extras['tags'])
        if tags:
            yield 'tags', ', '.join(tags)


class GuardPrinter:
    """SyncMap::Guard and SyncCache::Guard"""

    def __init__(self, value):
        self.value = layout.plain(value)

    def to_string(self):
        try:
            found = layout.guarded(self.value)
        except NOT_THERE:
            return 'not constructed'
        if found is None:
            return 'moved from, guards nothing'
        since, epoch, depth = found
        if since == 0:
            return 'not constructed, or ended'
        text = 'open since epoch %d, the map is at %d' % (since, epoch)
        return text if depth == 1 else '%s; one of %d of this thread' % (text, depth)


class LoadedValuePrinter:
    """What get() of a map of small values returns."""

    def __init__(self, value):
        self.value = layout.plain(value)

    def to_string(self):
        if not self.value['m_present']:
            return 'null'
        return layout.held(self.value['m_bytes'], layout.argument(self.value.type))


class ErrorPrinter:
    """SyncCacheError"""

    def __init__(self, value):
        self.value = layout.plain(value)

    def to_string(self):
        try:
            found = layout.error_text(self.value)
        except gdb.MemoryError:
            return 'an error that is not constructed'
        if found is None:
            return 'no error'
        code, text = found
        try:
            code = code.cast(gdb.lookup_type('SyncCacheError::Code'))
        except gdb.error:
            pass
        return '%s: %s' % (str(code).split('::')[-1], text)


# In an inline namespace that is named as the version of the interface.
INTERNAL = r'^SyncMapInternal::(\w+::)?'


def collection():
    printers = gdb.printing.RegexpCollectionPrettyPrinter('SyncMap')
    printers.add_printer('SyncMap', '^SyncMap<.*>$', MapPrinter)
    printers.add_printer('SyncCache', '^SyncCache<.*>$', CachePrinter)
    printers.add_printer('SyncMap::Guard', '^Sync(Map|Cache)<.*>::Guard$', GuardPrinter)
    printers.add_printer('SyncMapInternal::Entry', INTERNAL + r'Entry<.*>$', EntryPrinter)
    printers.add_printer('SyncMapInternal::LoadedValue', INTERNAL + r'LoadedValue<.*>$',
                         LoadedValuePrinter)
    printers.add_printer('SyncCacheError', '^SyncCacheError$', ErrorPrinter)
    return printers


gdb.printing.register_pretty_printer(None, collection(), replace=True)
qttypes.register()
