// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qstringlist.h>
#include <QtCore/qthreadpool.h>
#include <QtCore/qurl.h>
#include <QtQml/qqml.h>

#include <atomic>

// The pictures of a folder and its subfolders, listed by a worker. Without a folder: pictures that
// the machine has, else some that the example paints for itself.
class PictureFolder : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QUrl url READ url WRITE setUrl NOTIFY urlChanged FINAL)
    Q_PROPERTY(QStringList paths READ paths NOTIFY pathsChanged FINAL)
    Q_PROPERTY(QString name READ name NOTIFY nameChanged FINAL)
    Q_PROPERTY(bool listing READ isListing NOTIFY listingChanged FINAL)
    Q_PROPERTY(QString errorString READ errorString NOTIFY listingChanged FINAL)

public:
    explicit PictureFolder(QObject *parent = nullptr);
    ~PictureFolder() override;

    QUrl url() const { return m_url; }
    void setUrl(const QUrl &url); // of a folder, or of a file in it; empty: one that is found
    QStringList paths() const { return m_paths; }
    QString name() const { return m_name; }
    bool isListing() const { return m_isListing; }
    QString errorString() const { return m_errorString; }

Q_SIGNALS:
    void urlChanged();
    void pathsChanged();
    void nameChanged();
    void listingChanged();

private:
    // In the worker.
    void list(const QString &path, int run);
    void find(int run);
    void paint(int run);
    bool isObsolete(int run) const { return run != m_run; }
    template <typename Function>
    void tell(int run, Function f);

    void setName(const QString &name);
    void append(const QStringList &pictures);
    void endListing(const QString &errorString);

    QUrl m_url;
    QString m_name;
    QStringList m_paths;
    QString m_errorString;
    bool m_isListing = true;
    std::atomic<int> m_run = 0; // counts calls of setUrl(); work for an earlier one stops
    QThreadPool m_pool; // one thread
};
