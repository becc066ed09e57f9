// SPDX-License-Identifier: MIT

#include "picturefolder.h"

#include "paintings.h"

#include <QtCore/qdiriterator.h>
#include <QtCore/qstandardpaths.h>
#include <QtCore/qtemporarydir.h>
#include <QtGui/qimagereader.h>

namespace {

constexpr qsizetype mostPictures = 100'000;
constexpr qsizetype fewPictures = 12; // are not worth a gallery that nobody asked for

QStringList nameFilters()
{
    QStringList filters;
    for (const QByteArray &suffix : QImageReader::supportedImageFormats())
        filters.append(QStringLiteral("*.") + QString::fromLatin1(suffix));
    return filters;
}

} // namespace

PictureFolder::PictureFolder(QObject *parent) : QObject(parent)
{
    m_pool.setMaxThreadCount(1);
}

PictureFolder::~PictureFolder()
{
    ++m_run;
    m_pool.waitForDone();
}

void PictureFolder::setUrl(const QUrl &url)
{
    const int run = ++m_run;
    m_url = url;
    m_paths.clear();
    m_errorString.clear();
    m_isListing = true;
    if (url.isEmpty()) {
        m_pool.start([this, run] { find(run); });
    } else {
        const QFileInfo given(url.toLocalFile());
        const QString path = given.isFile() ? given.absolutePath() : given.absoluteFilePath();
        m_pool.start([this, path, run] { list(path, run); });
    }
    Q_EMIT urlChanged();
    Q_EMIT pathsChanged();
    Q_EMIT listingChanged();
}

void PictureFolder::list(const QString &path, int run)
{
    const QDir folder(path);
    tell(run, [this, name = folder.dirName()] { setName(name); });
    QString problem;
    if (!folder.exists())
        problem = tr("There is no such folder");
    else if (!folder.isReadable())
        problem = tr("This folder cannot be read");

    QStringList pictures;
    QDirIterator tree(path, nameFilters(), QDir::Files, QDirIterator::Subdirectories);
    while (tree.hasNext() && pictures.size() < mostPictures && !isObsolete(run))
        pictures.append(tree.next());
    pictures.sort(Qt::CaseInsensitive);
    tell(run, [this, pictures] { append(pictures); });
    tell(run, [this, problem] { endListing(problem); });
}

void PictureFolder::find(int run)
{
    const QStringList places = {
        QStandardPaths::writableLocation(QStandardPaths::PicturesLocation),
        QStringLiteral("/usr/share/backgrounds"),
        QStringLiteral("/usr/share/wallpapers"),
    };
    for (const QString &place : places) {
        qsizetype found = 0;
        QDirIterator tree(place, nameFilters(), QDir::Files, QDirIterator::Subdirectories);
        for (; tree.hasNext() && found < fewPictures && !isObsolete(run); ++found)
            tree.next();
        if (found == fewPictures)
            return list(place, run);
    }
    paint(run);
}

void PictureFolder::paint(int run)
{
    static const QTemporaryDir studio;
    tell(run, [this] { setName(tr("Paintings")); });
    for (qsizetype painted = 0; painted < paintings && studio.isValid() && !isObsolete(run);) {
        const QStringList pictures = paintSome(studio.path(), painted);
        painted += pictures.size();
        tell(run, [this, pictures] { append(pictures); });
    }
    tell(run, [this] { endListing(studio.errorString()); });
}

// Calls f in the thread of the interface, unless another folder is asked for by then.
template <typename Function>
void PictureFolder::tell(int run, Function f)
{
    QMetaObject::invokeMethod(this, [this, run, f] {
        if (!isObsolete(run))
            f();
    });
}

void PictureFolder::setName(const QString &name)
{
    m_name = name;
    Q_EMIT nameChanged();
}

void PictureFolder::append(const QStringList &pictures)
{
    m_paths.append(pictures);
    Q_EMIT pathsChanged();
}

void PictureFolder::endListing(const QString &errorString)
{
    m_isListing = false;
    m_errorString = errorString;
    Q_EMIT listingChanged();
}
