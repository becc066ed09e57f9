// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qglobal.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

// The bytes of a fuzzer, as decisions. At their end all decisions are 0.
class Input
{
public:
    Input(const uint8_t *data, std::size_t size) : m_data(data), m_end(data + size) { }

    bool isAtEnd() const { return m_data == m_end; }
    quint8 byte() { return isAtEnd() ? quint8(0) : *m_data++; }
    int below(int limit) { return byte() % limit; }
    // Up to eight bytes, little-endian.
    qint64 number(int bytes)
    {
        quint64 result = 0;
        for (int i = 0; i < bytes; ++i)
            result |= quint64(byte()) << (8 * i);
        return qint64(result);
    }
    const char *rest() const { return reinterpret_cast<const char *>(m_data); }
    int restSize() const { return int(m_end - m_data); }

private:
    const uint8_t *m_data;
    const uint8_t *m_end;
};

// Ends the program if the law is broken, in every build.
inline void require(bool holds, const char *law)
{
    if (Q_LIKELY(holds))
        return;
    std::fprintf(stderr, "broken: %s\n", law);
    std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size);
