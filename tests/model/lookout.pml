// SPDX-License-Identifier: MIT
//
// The protocol of the library's thread that notices cancelled futures (cache/loading/lookout.h), and
// of a berth that is parked beside the end of its load (cache/loading/parking.h).
//
// A future is parked under the lot's mutex; then whoever parked it looks whether the thread is awake,
// and wakes it if not. The thread says that it sleeps before it looks at the lots for the last time.
// The end of the load, in another thread, may come at any moment: what was parked leaves the lot once.
//
// Planted, and to be found: SLEEPS_AFTER_LOOKING (it says so after the last look), LOOKED_AT_FIRST
// (whoever parks asks whether it is awake before), NEVER_LEFT (park() does not see that the load has
// ended meanwhile).
//
// Checked: right
// Checked: found SLEEPS_AFTER_LOOKING
// Checked: found LOOKED_AT_FIRST
// Checked: found NEVER_LEFT

#define FUTURES 2

bool lot; // its mutex
byte parked; // futures that lie there
bool isAwake = true;
bool isWoken; // the condition, with its mutex
byte looks;
byte ended;
mtype = { None, InBerth, Gone };
mtype berth[FUTURES];

inline lock() { atomic { !lot -> lot = true } }
inline unlock() { lot = false }

inline wake() {
    if
    :: isAwake
    :: else -> atomic { isAwake = true; isWoken = true }
    fi
}

inline leave() {
    lock();
    assert(parked > 0);
    parked--;
    unlock()
}

proctype asker(byte self) {
    bool wasAwake;
    bool wasGone;
#ifdef LOOKED_AT_FIRST
    wasAwake = isAwake;
#endif
    lock();
    parked++;
    unlock();
    // compare-and-exchange: the berth, unless the load has ended
    atomic {
        wasGone = berth[self] == Gone;
        if
        :: !wasGone -> berth[self] = InBerth
        :: else
        fi
    };
    if
#ifdef NEVER_LEFT
    :: wasGone -> skip
#else
    :: wasGone -> leave()
#endif
    :: else
    fi;
#ifdef LOOKED_AT_FIRST
    if
    :: wasAwake
    :: else -> atomic { isAwake = true; isWoken = true }
    fi
#else
    wake()
#endif
}

// The end of the load, or the thread's finding that it was cancelled: once for each future.
inline finish(i) {
    mtype was;
    atomic { was = berth[i]; berth[i] = Gone };
    if
    :: was == InBerth -> leave()
    :: else
    fi;
    ended++
}

// A load that ends early, beside park().
proctype load(byte self) {
    finish(self)
}

// The library's thread: it has to find the other future, which is cancelled.
proctype lookout(byte self) {
    byte seen;
    do
    :: ended == FUTURES -> break
    :: else ->
        lock();
        seen = parked;
        unlock();
        if
        :: seen > 0 && berth[self] == InBerth -> finish(self)
        :: else ->
#ifdef SLEEPS_AFTER_LOOKING
            lock();
            seen = parked;
            unlock();
            isAwake = false;
#else
            isAwake = false;
            lock();
            seen = parked;
            unlock();
#endif
            if
            :: seen > 0 -> isAwake = true
            :: else ->
endAsleep: // for ever, if all is over
                isWoken;
                atomic { isWoken = false; isAwake = true }
            fi
        fi
    od
}

init {
    atomic {
        berth[0] = None;
        berth[1] = None;
        run asker(0);
        run asker(1);
        run load(0);
        run lookout(1)
    };
    do
    :: ended == FUTURES && _nr_pr == 1 -> assert(parked == 0); break
    :: timeout ->
        // It may sleep for ever once the future that it has to find is over.
        assert(berth[1] == Gone && berth[0] == Gone && parked == 0);
        break
    od
}
