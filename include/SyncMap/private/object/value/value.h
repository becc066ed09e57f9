// SPDX-License-Identifier: MIT
//
// Values and keys of any types as variants and texts, and back.
//
// keytext.h is the text of a key. plainvalue.h makes of what QML brings what may be kept, says what is
// the same, and makes of what was kept what QML can read; valuecodec.h goes on from there to the type
// of a map, and back. Both walk into a value by valuewalk.h, which knows the place where they are. settlement.h is how a promise has ended,
// javascriptnumber.h what numbers of JavaScript say of times, costs and bounds.
//
// May use: no other room.
#pragma once

#include <SyncMap/object/synccachekeytext.h>
#include <SyncMap/private/object/value/javascriptnumber.h>
#include <SyncMap/private/object/value/plainvalue.h>
#include <SyncMap/private/object/value/settlement.h>
#include <SyncMap/private/object/value/valuecodec.h>
#include <SyncMap/private/object/value/valuewalk.h>
