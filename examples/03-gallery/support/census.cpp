// SPDX-License-Identifier: MIT

#include "census.h"

#include <atomic>
#include <utility>

namespace {

std::atomic<qint64> bytesAlive = 0;

struct Counted
{
    explicit Counted(QImage picture) : image(std::move(picture))
    {
        bytesAlive += image.sizeInBytes();
    }
    Q_DISABLE_COPY_MOVE(Counted)
    ~Counted() { bytesAlive -= image.sizeInBytes(); }

    QImage image;
};

} // namespace

QImage Census::counted(const QImage &image)
{
    if (image.isNull())
        return {};
    auto *const its = new Counted(image);
    const auto end = [](void *counted) { delete static_cast<Counted *>(counted); };
    return QImage(its->image.constBits(), image.width(), image.height(), image.bytesPerLine(),
                  image.format(), end, its);
}

void Census::timerEvent(QTimerEvent *)
{
    m_entries.removeIf([](const auto &one) { return one.value().isNull(); });
    m_bytes = double(bytesAlive);
    Q_EMIT changed();
}
