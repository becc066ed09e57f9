// SPDX-License-Identifier: MIT
#include "input.h"

#include <SyncMap/SyncMap>

#include <QtCore/qbuffer.h>

namespace {

// A stream either is read, and then what was read can be written and read again, or leaves the map
// as it was.
template <typename T>
void read(const QByteArray &bytes, const T &ours)
{
    SyncMap<QByteArray, T> map;
    map.insert("ours", ours);
    QDataStream stream(bytes);
    stream >> map;
    if (stream.status() != QDataStream::Ok) {
        require(map.toHash() == QHash<QByteArray, T> { { "ours", ours } },
                "what cannot be read leaves the map as it was");
        return;
    }
    QByteArray again;
    QDataStream output(&again, QIODevice::WriteOnly);
    output << map;
    SyncMap<QByteArray, T> other;
    QDataStream input(again);
    input >> other;
    require(input.status() == QDataStream::Ok && input.atEnd(), "what is written can be read");
    require(other.toHash() == map.toHash(), "what is written is read back");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size)
{
    Input input(data, size);
    const int kind = input.below(4);
    QByteArray bytes;
    if (kind & 1) // the frame, so that the entries are reached
        bytes = QByteArray::fromHex("534d61700001");
    bytes.append(input.rest(), input.restSize());
    if (kind & 2)
        read<int>(bytes, 1);
    else
        read<QByteArray>(bytes, "1");
    return 0;
}
