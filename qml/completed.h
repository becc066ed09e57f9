// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/object/synccacheentry.h>
#include <SyncMap/object/synccacheobject.h>

#include <QtQml/qqmlparserstatus.h>

// What QML makes of its elements: the classes of the library, which know nothing of QML, told when all
// of their properties have their values. Until then an entry loads nothing and writes nothing, and an
// object makes no cache: else it would be for the key, the name or the bounds of another moment.
//
// They have no meta-object of their own, so that there is one type: for the engine, and for tools, who
// find these names in the declarations of foreign.h, where they stand for those of the library.
namespace SyncMapQml {

class SyncCacheEntry : public ::SyncCacheEntry, public QQmlParserStatus
{
public:
    SyncCacheEntry() = default;

    void classBegin() override { setCompleted(false); }
    void componentComplete() override { setCompleted(true); }
};

class SyncCacheObject : public ::SyncCacheObject, public QQmlParserStatus
{
public:
    SyncCacheObject() = default;

    void classBegin() override { setCompleted(false); }
    void componentComplete() override { setCompleted(true); }
};

} // namespace SyncMapQml
