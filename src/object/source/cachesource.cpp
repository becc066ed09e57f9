// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/source/source.h>

#include "../logging.h"

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

CacheSource::~CacheSource() = default;
SourceLoad::~SourceLoad() = default;

void SourceFiles::save(QObject *, const QString &, const FileResult &done)
{
    done(SyncCacheError(SyncCacheError::FileError, cannotBeFiled()));
}

void SourceFiles::restore(QObject *, const QString &, const FileResult &done)
{
    done(SyncCacheError(SyncCacheError::FileError, cannotBeFiled()));
}

void warnOfKeyText(const QString &text, const char *typeName)
{
    qCWarning(lcObject).noquote()
            << "the text" << text << "of a" << typeName
            << "does not lead back to it: specialise SyncCacheKeyText, or such keys cannot be read by text";
}

void warnOfOtherKeyText(const QString &text, const QString &own)
{
    qCWarning(lcObject).noquote().nospace()
            << "\"" << text << "\" is no key, but leads to one whose text is \"" << own
            << "\": ask by that";
}

void warnOfUnreadableType(QMetaType type)
{
    qCWarning(lcObject).noquote()
            << "QML cannot read a" << type.name()
            << ": make it a Q_GADGET with properties, or register a conversion to QVariantMap";
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
