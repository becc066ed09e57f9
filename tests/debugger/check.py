# SPDX-License-Identifier: MIT
"""Runs the debuggee in gdb to where it stops, and compares what gdb shows; then of its core."""

import os
import re

import gdb

EXPECTED = {
    'numbers': ('SyncMap<int, int> with 3 entries', '[1] = 10', '[2] = 20', '[3] = 30'),
    'reference': ('SyncMap<int, int> with 3 entries', '[1] = 10', '[2] = 20', '[3] = 30'),
    'texts': ('SyncMap<QString, QByteArray> with 2 entries',
              '["AERO"] = "plane"', '["Zürich €"] = "town"'),
    'points': ('SyncMap<unsigned long long, (anonymous namespace)::Point> with 1 entry',
               '[7] = {x = 1, y = 2, z = 0.5}'),
    'prices.all': ('SyncMap<QString, double> with 1 entry', '["AERO"] = 1.25'),
    'colors': ('SyncMap<(anonymous namespace)::Color, bool> with 1 entry',
               '[(anonymous namespace)::Color::Green] = true'),
    'empty': ('SyncMap<QString, int> with 0 entries',),
    '*zeros': ('SyncMap<int, int> that is not constructed',),
    '*zeroCache': ('SyncCache<int, int> that is not constructed',),
    '*rubbish': ('SyncMap<int, int> that is not constructed',),
    'cache': ('SyncCache<QString, int> with 3 entries, cost 16 of 100, 3 of it pinned',
              '["pinned"] = {value = 3, cost = 3, pinned = true}',
              '["plain"] = {value = 1, cost = 1}',
              '["short"] = {value = 2, cost = 12, timeToLive = 30 s, timeToIdle = 1500 ms, '
              'tags = users, work}'),
    'unbounded': ('SyncCache<int, int> with 1 entry, cost 1 without a bound',
                  '[5] = {value = 6, cost = 1, stale = true}'),
    'guard': ('open since epoch 1, the map is at 1; one of 2 of this thread',),
    'second': ('open since epoch 1, the map is at 1; one of 2 of this thread',),
    'left': ('moved from, guards nothing',),
    'movedTo': ('open since epoch 1, the map is at 1',),
    'cacheGuard': ('open since epoch 1, the map is at 1',),
    'got': ('10',),
    'missed': ('null',),
    'none': ('no error',),
    'plain': ('KeyNotFound: there is no such thing',),
    'told': ('LoadFailed: no wire to Zürich',),
}

failures = 0


def fail(expression, *lines):
    global failures
    failures += 1
    print('WRONG: %s' % expression, *lines, sep='\n    ')


def shown(expression):
    """What gdb prints of it: the line of the map, and its entries in some order of their own."""
    try:
        text = gdb.execute('print ' + expression, to_string=True)
    except gdb.error as error:
        return ['error: %s' % error]
    text = re.sub(r'^\$\d+ = ', '', text.strip())
    head, _, entries = text.partition(' = {')
    if not entries:
        return [text]
    return [head] + sorted(re.split(r', (?=\[)', entries[:-1]))


def check():
    for expression, expected in EXPECTED.items():
        found = shown(expression)
        if found != list(expected):
            fail(expression, *found)
    weighed = shown('weighed')
    if not re.fullmatch(r'SyncCache<int, QByteArray> with 1 entry, cost \d{4} of 1048576 bytes',
                        weighed[0]):
        fail('weighed', *weighed)
    for expression, count, entry in (('many', 16000, '[%d] = %d'),
                                     ('manyTexts', 5000, '["%d"] = %d')):
        found = shown(expression)
        if not found[0].endswith(' with %d entries' % count):
            fail(expression, found[0])
        if set(found[1:]) != {entry % (i, 3 * i) for i in range(count)}:
            fail(expression, '%d entries' % len(found[1:]), *found[1:5])


def main():
    for setting in ('print elements unlimited', 'print repeats unlimited', 'confirm off',
                    'pagination off', 'width 0', 'host-charset UTF-8'):
        gdb.execute('set ' + setting)
    gdb.execute('break stopHere')
    gdb.execute('run', to_string=True)
    gdb.execute('up', to_string=True)
    check()

    core = os.environ['SYNCMAP_CORE']
    gdb.execute('generate-core-file ' + core, to_string=True)
    gdb.execute('kill', to_string=True)
    gdb.execute('core-file ' + core, to_string=True)
    gdb.execute('up', to_string=True)
    check()
    gdb.execute('core-file')
    os.remove(core)


try:
    main()
except Exception as error:
    fail('an exception', repr(error))
gdb.execute('quit %d' % (failures != 0))
