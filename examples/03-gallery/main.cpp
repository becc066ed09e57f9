// SPDX-License-Identifier: MIT

// Thumbnails of a folder of pictures. Workers decode them into a cache that is bounded in bytes; the
// interface binds to it, by its name, in Main.qml and Tile.qml.

#include "decode.h"
#include "shared/stage.h"

#include <SyncMap/SyncCacheImageProvider>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qdir.h>
#include <QtCore/qurl.h>

using namespace std::chrono_literals;

int main(int argc, char **argv)
{
    Stage stage(argc, argv,
                { "gallery", GALLERY_VERSION, "Shows the pictures of a folder.", "folder",
                  "With pictures; without it, some that are found, or painted." });

    const auto thumbnails = std::make_shared<SyncCache<QString, QImage>>();
    thumbnails->setMaxBytes(64 << 20); // 64 MiB
    thumbnails->setLoader(decodeThumbnail);
    thumbnails->setErrorTimeToLive(1min);
    SyncCacheObject::publish(QStringLiteral("thumbnails"), thumbnails);

    // So that Image finds what CacheEntry::imageSource names.
    stage.engine().addImageProvider(SyncCacheImageProvider::providerId(),
                                    new SyncCacheImageProvider);

    const QString folder = stage.argument();
    const QUrl url = folder.isEmpty() ? QUrl() : QUrl::fromLocalFile(QDir(folder).absolutePath());
    return stage.play(
            QStringLiteral("Gallery"),
            { { QStringLiteral("folder"), url }, { QStringLiteral("tour"), stage.draws() } });
}
