// SPDX-License-Identifier: MIT
//
// The protocol of object/newsbell.h and object/changelog.h: writers put down news under a lock, and
// ring; the object, called by an event or looking of its own accord, answers, and takes what lies
// there under the same lock. When all writers are done and no event is on its way, nothing may be
// left lying.
//
// The bell is stored to and loaded relaxed: the object's answer waits in its processor's buffer, and
// leaves it when the object lets go of the lock at the latest. Nothing else is ordered.
//
// Planted, and to be found: RING_EARLY (before the news is put down), ANSWER_LATE (after it was
// taken), NO_LOCK (the news is taken without it), NO_ANSWER (an event is taken from the queue while
// the object tells of earlier news, and nobody looks on its account).
//
// Checked: right
// Checked: found RING_EARLY
// Checked: found ANSWER_LATE
// Checked: found NO_LOCK
// Checked: found NO_ANSWER

#define WRITERS 2
#define NEWS 2 // of each writer
#define LOOKS 2 // of the object's own accord

bool locked;
byte lying; // news that was put down and not taken
bool rung;
bool answering; // the answer is in the buffer
byte events;
byte done; // writers

inline lock() { atomic { !locked -> locked = true } }
inline unlock() { locked = false }

inline putDown() {
    lock();
    lying++;
    unlock()
}

inline ring() {
    if
    :: rung
    :: else ->
        // The exchange: of several that found it silent, one posts.
        atomic {
            wasRung = rung;
            rung = true
        }
        if
        :: wasRung
        :: else -> events++
        fi
    fi
}

inline answer() { answering = true }

inline leaveBuffer() {
    atomic {
        if
        :: answering -> rung = false; answering = false
        :: else
        fi
    }
}

inline take() {
#ifdef NO_LOCK
    lying = 0
#else
    lock();
    lying = 0;
    leaveBuffer();
    unlock()
#endif
}

inline look() {
#ifdef ANSWER_LATE
    take();
    answer();
    leaveBuffer()
#else
    answer();
    take()
#endif
}

proctype writer() {
    byte i;
    bool wasRung;
    for (i : 1 .. NEWS) {
#ifdef RING_EARLY
        ring();
        putDown()
#else
        putDown();
        ring()
#endif
    }
    done++
}

// A store leaves the buffer when it likes.
proctype buffer() {
end:
    do
    :: atomic { answering -> rung = false; answering = false }
    od
}

proctype object() {
    byte looks;
    do
    :: atomic { events > 0 -> events-- } look()
    :: looks < LOOKS -> looks++; look()
#ifdef NO_ANSWER
    :: atomic { events > 0 -> events-- }
#endif
    :: done == WRITERS && events == 0 && !answering -> break
    od;
    assert(lying == 0)
}

init {
    atomic {
        run writer();
        run writer();
        run buffer();
        run object()
    }
}
