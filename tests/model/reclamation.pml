// SPDX-License-Identifier: MIT
//
// The protocol of reclamation/domain.h on processors with store buffers: a store waits in its
// processor's buffer, in order, and is seen by others when it leaves it; loads do not wait. Two
// readers pin, follow a pointer and leave; a writer replaces what it points to, collects, and frees.
// Nobody may look at what was freed.
//
// SYMMETRIC: both fences empty the buffer of whoever runs them. INTERRUPTS: the light fence does
// nothing, and the heavy one interrupts each processor, which then empties its buffer.
//
// Planted, and to be found: NO_LIGHT_FENCE, NO_HEAVY_FENCE, NO_GRACE_PERIOD, LEAVE_EARLY (the
// object is read after the pin was taken back, as if the leave were relaxed), SCAN_EARLY (the pins
// are read before the fence), TWO_LOOKS (the scan reads a pin, and reads it again to compare it),
// UNLINK_LATE (the pointer moves after the epoch). An epoch that moves after the scan is no error:
// it only makes tags too young.
//
// Checked: right INTERRUPTS
// Checked: found INTERRUPTS NO_HEAVY_FENCE
// Checked: found INTERRUPTS NO_GRACE_PERIOD
// Checked: found INTERRUPTS LEAVE_EARLY
// Checked: found INTERRUPTS SCAN_EARLY
// Checked: found INTERRUPTS TWO_LOOKS
// Checked: found INTERRUPTS UNLINK_LATE
// Checked: right SYMMETRIC
// Checked: found SYMMETRIC NO_HEAVY_FENCE
// Checked: found SYMMETRIC NO_GRACE_PERIOD
// Checked: found SYMMETRIC LEAVE_EARLY
// Checked: found SYMMETRIC SCAN_EARLY
// Checked: found SYMMETRIC TWO_LOOKS
// Checked: found SYMMETRIC UNLINK_LATE
// Checked: found SYMMETRIC NO_LIGHT_FENCE

#define READERS 2
#define GUARDS 2
#define WRITES 2
#define WRITER 2 // the processor after those of the readers

#define POINTER 0
#define EPOCH 1
#define PIN 2 // and the next one: a pin for each reader
#define VARIABLES 4

#define ROOM 3 // of a buffer

// All begin as 0: the epoch is kept less one, so that the first is 1, and a pin of 0 is none.
byte memory[VARIABLES];
bool freed[WRITES + 1];
bool interrupted[3];

typedef Buffer {
    byte place[ROOM];
    byte value[ROOM];
    byte length
};
Buffer buffers[3];

inline store(cpu, where, what) {
    atomic {
        buffers[cpu].length < ROOM ->
        buffers[cpu].place[buffers[cpu].length] = where;
        buffers[cpu].value[buffers[cpu].length] = what;
        buffers[cpu].length++
    }
}

// A processor sees its own stores, the latest first.
inline load(cpu, where, result) {
    d_step {
        result = memory[where];
        if
        :: buffers[cpu].length > 0 && buffers[cpu].place[0] == where ->
            result = buffers[cpu].value[0]
        :: else
        fi;
        if
        :: buffers[cpu].length > 1 && buffers[cpu].place[1] == where ->
            result = buffers[cpu].value[1]
        :: else
        fi;
        if
        :: buffers[cpu].length > 2 && buffers[cpu].place[2] == where ->
            result = buffers[cpu].value[2]
        :: else
        fi
    }
}

inline fence(cpu) {
    buffers[cpu].length == 0
}

// Stores leave the buffer at any time. An interrupt waits for the last of them.
active [3] proctype processor() {
    byte cpu = _pid;
end:
    do
    :: d_step {
        buffers[cpu].length > 0 ->
        memory[buffers[cpu].place[0]] = buffers[cpu].value[0];
        buffers[cpu].place[0] = buffers[cpu].place[1];
        buffers[cpu].value[0] = buffers[cpu].value[1];
        buffers[cpu].place[1] = buffers[cpu].place[2];
        buffers[cpu].value[1] = buffers[cpu].value[2];
        buffers[cpu].place[2] = 0;
        buffers[cpu].value[2] = 0;
        buffers[cpu].length--
    }
    :: d_step {
        interrupted[cpu] && buffers[cpu].length == 0 ->
        interrupted[cpu] = false
    }
    od
}

inline lightFence(cpu) {
#if defined(SYMMETRIC) && !defined(NO_LIGHT_FENCE)
    fence(cpu)
#else
    skip
#endif
}

inline heavyFence() {
#ifndef NO_HEAVY_FENCE
    fence(WRITER);
#ifndef SYMMETRIC
    d_step {
        interrupted[0] = true;
        interrupted[1] = true
    }
    !interrupted[0] && !interrupted[1];
#endif
#endif
    skip
}

active [READERS] proctype reader() {
    byte cpu = _pid - 3;
    byte guards = 0;
    byte epoch = 0;
    byte object = 0;
    do
    :: guards < GUARDS ->
        load(cpu, EPOCH, epoch);
        store(cpu, PIN + cpu, epoch + 1);
        lightFence(cpu);
        load(cpu, POINTER, object);
#ifdef LEAVE_EARLY
        store(cpu, PIN + cpu, 0);
        assert(!freed[object]);
#else
        assert(!freed[object]);
        store(cpu, PIN + cpu, 0);
#endif
        d_step { epoch = 0; object = 0; guards++ }
    :: else -> break
    od
}

// The smallest pin of all, 255 without any.
inline scan() {
#ifndef NO_GRACE_PERIOD
    i = 0;
    do
    :: i < READERS ->
        load(WRITER, PIN + i, pin);
#ifdef TWO_LOOKS
        if
        :: pin != 0 ->
            load(WRITER, PIN + i, pin);
            if
            :: pin < oldest -> oldest = pin // a 0 is taken for a pin that is over
            :: else
            fi;
            if
            :: oldest == 0 -> oldest = 255 // and hides what other readers pin
            :: else
            fi
        :: else
        fi;
#else
        if
        :: pin != 0 && pin < oldest -> oldest = pin
        :: else
        fi;
#endif
        d_step { pin = 0; i++ }
    :: else -> break
    od;
    i = 0
#else
    skip
#endif
}

active proctype writer() {
    byte object = 0;
    byte tag = 1;
    byte oldest = 255;
    byte pin = 0;
    byte i = 0;
    byte tags[WRITES]; // of the objects that wait; 0 for those that do not
    do
    :: object < WRITES ->
        object++;
        tag++;
        oldest = 255;
#ifndef UNLINK_LATE
        store(WRITER, POINTER, object);
#endif
#ifdef SCAN_EARLY
        scan();
#endif
        store(WRITER, EPOCH, tag - 1);
        heavyFence();
#ifdef UNLINK_LATE
        store(WRITER, POINTER, object);
#endif
#ifndef SCAN_EARLY
        scan();
#endif
        d_step {
            tags[object - 1] = tag;
            i = 0;
            do
            :: i < WRITES ->
                if
                :: tags[i] != 0 && oldest >= tags[i] ->
                    freed[i] = true;
                    tags[i] = 0
                :: else
                fi;
                i++
            :: else -> break
            od;
            i = 0
        }
    :: else -> break
    od
}
