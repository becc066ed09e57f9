// SPDX-License-Identifier: MIT

// The files below a folder in a QTableView, without QML. Workers read those that come on the screen
// into a cache of structs, whose members are the columns; others look after files that change.

#include "facts.h"
#include "files.h"
#include "shared/widgetstage.h"
#include "window.h"

#include <SyncMap/SyncCacheModel>
#include <SyncMap/SyncCacheObject>

#include <QtCore/qdir.h>
#include <QtCore/qfileinfo.h>
#include <QtCore/qsortfilterproxymodel.h>

#include <memory>

using namespace std::chrono_literals;

int main(int argc, char **argv)
{
    WidgetStage stage(argc, argv,
                      { "table", TABLE_VERSION, "Shows facts about the files of a folder.",
                        "folder", "With files; without it, /usr/include." });
    const QDir folder(stage.argument().isEmpty() ? QStringLiteral("/usr/include")
                                                 : stage.argument());

    const auto cache = std::make_shared<FactsCache>(10'000); // files
    cache->setLoader([folder](const QString &name, const SyncCacheLoadContext<Facts> &load) {
        QString why;
        const auto isCanceled = [&load] { return load.isCanceled(); }; // scrolled away, for example
        const auto facts = readFacts(folder.filePath(name), &why, isCanceled);
        if (!facts)
            load.fail(why); // to be seen as a tool tip
        return facts.value_or(Facts());
    });
    cache->setErrorTimeToLive(1min);

    // A worker writes what is known of a file anew when that has changed. The user's note stays.
    const Watch watch([cache, folder] {
        const QStringList names = cache->keys();
        for (const QString &name : names) {
            const QString path = folder.filePath(name);
            const std::optional<Facts> known = cache->peek(name);
            if (!known || known->modified == QFileInfo(path).lastModified())
                continue;
            QString why;
            const auto fresh = readFacts(path, &why, [] { return false; });
            cache->compute(name, [&fresh](const Facts *present) {
                std::optional<Facts> next = fresh; // without it, the entry goes
                if (next && present)
                    next->note = present->note;
                return next;
            });
        }
    });

    const std::unique_ptr<SyncCacheObject> object(SyncCacheObject::wrap(cache));
    SyncCacheModel model;
    model.setCache(object.get());
    model.setKeys(filesBelow(folder));
    model.setFields({ QStringLiteral("key"), QStringLiteral("lines"), QStringLiteral("bytes"),
                      QStringLiteral("longest"), QStringLiteral("checksum"), QStringLiteral("note"),
                      QStringLiteral("status") });
    setTitles(&model, { "File", "Lines", "Bytes", "Longest line", "SHA-256", "Note", "Status" });

    // Sorting and filtering by what is edited loads nothing; by what is shown, it would load all.
    QSortFilterProxyModel proxy;
    proxy.setSortRole(Qt::EditRole);
    proxy.setFilterRole(Qt::EditRole);
    proxy.setFilterCaseSensitivity(Qt::CaseInsensitive);
    proxy.setSourceModel(&model);

    Window window(&proxy, folder.path());
    QObject::connect(&window, &Window::filterChanged, &proxy,
                     &QSortFilterProxyModel::setFilterFixedString);
    const auto tell = [&] {
        window.setFigures(model.count(), proxy.rowCount(), object->count(), object->loading());
    };
    QObject::connect(object.get(), &SyncCacheObject::countChanged, &window, tell);
    QObject::connect(object.get(), &SyncCacheObject::loadingChanged, &window, tell);
    QObject::connect(&proxy, &QAbstractItemModel::layoutChanged, &window, tell);
    QObject::connect(&window, &Window::filterChanged, &window, tell);
    tell();
    return stage.play(window, [&] { return model.status() != SyncCacheModel::Loading; });
}
