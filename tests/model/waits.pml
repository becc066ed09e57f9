// SPDX-License-Identifier: MIT
//
// The protocol of cache/loading/waits.h: threads that are about to wait for one another's loads, in a
// circle. Each writes its edge under the mutex of its node, and then walks along the edges, one mutex
// at a time. Whoever comes back to himself looks again, under a mutex that all who see a circle take,
// and takes his edge back before he lets go of it: he is refused. Whoever does not waits until the
// load that he waits for has ended. One more thread waits for the circle, and is no part of it.
//
// Planted, and to be found: WALK_FIRST (the edge is written after the walk), NO_SECOND_LOOK (all who
// see the circle are refused), EDGE_KEPT (the edge of whoever was refused stays), STALE_EDGE (an edge
// is still followed when its wait is over).
//
// Checked: right
// Checked: found WALK_FIRST
// Checked: found NO_SECOND_LOOK
// Checked: found EDGE_KEPT
// Checked: found STALE_EDGE

#define RING 3
#define THREADS 4
#define NOBODY 9

byte edge[THREADS]; // whose load the thread waits for
bool isOver[THREADS]; // that wait
bool hasEnded[THREADS]; // the thread's own load
byte refused;
byte done;
bool looking; // the mutex of those who saw a circle

// Sets `sees` if the way from `from` leads to `self`.
inline walk(self, from, sees) {
    at = from;
    steps = 0;
    sees = false;
    do
    :: at == self -> sees = true; break
    :: at != self && (at == NOBODY || steps > THREADS) -> break
    :: else ->
        // One node's mutex: the edge, and whether the wait is over.
        atomic {
            if
#ifdef STALE_EDGE
            :: at = edge[at]
#else
            :: isOver[at] -> at = NOBODY
            :: else -> at = edge[at]
#endif
            fi;
            steps++
        }
    od
}

proctype waiter(byte self; byte target) {
    byte at;
    byte steps;
    bool sees;
#ifdef WALK_FIRST
    walk(self, target, sees);
    edge[self] = target;
#else
    edge[self] = target;
    walk(self, target, sees);
#endif
    if
    :: sees ->
#ifdef NO_SECOND_LOOK
        edge[self] = NOBODY;
        refused++;
#else
        atomic { !looking -> looking = true };
        walk(self, target, sees);
        if
        :: sees ->
#ifndef EDGE_KEPT
            edge[self] = NOBODY;
#endif
            refused++
        :: else
        fi;
        looking = false;
        if
        :: !sees -> hasEnded[target]; isOver[self] = true
        :: else
        fi
#endif
    :: else ->
        hasEnded[target];
        isOver[self] = true
    fi;
    // Its own load ends; and then it may well wait for the same thing once more, in vain.
    hasEnded[self] = true;
    done++
}

// Asks again, when all is over, for a load whose thread had waited for one of this one's: no circle.
proctype later() {
    byte at;
    byte steps;
    bool sees;
    done == THREADS;
    // A new load of the first thread, which waits for nothing now; the second one waits for it.
    walk(1, 0, sees);
    assert(!sees || edge[0] == NOBODY)
}

init {
    byte i;
    for (i : 0 .. THREADS - 1) {
        edge[i] = NOBODY
    };
    atomic {
        for (i : 0 .. RING - 1) {
            run waiter(i, (i + 1) % RING)
        };
        run waiter(RING, 0);
        run later()
    };
    do
    :: done == THREADS -> assert(refused == 1); break
    :: timeout -> assert(false) // somebody waits for ever
    od
}
