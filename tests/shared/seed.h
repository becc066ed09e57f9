// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qbytearray.h>
#include <QtCore/qrandom.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

// The seed of a random test: `--seed N`, which is taken off the command line, for Qt Test does not know it; or else
// SYNCMAP_SEED from the environment; or else a new one. Printed, so that what failed can be seen again.
inline quint64 takeSeed(int &argc, char **argv)
{
    quint64 seed = QRandomGenerator::system()->generate64();
    if (qEnvironmentVariableIsSet("SYNCMAP_SEED"))
        seed = qgetenv("SYNCMAP_SEED").toULongLong();
    for (int i = 1; i + 1 < argc; ++i) {
        if (std::strcmp(argv[i], "--seed") == 0) {
            seed = std::strtoull(argv[i + 1], nullptr, 10);
            std::memmove(argv + i, argv + i + 2, sizeof(*argv) * size_t(argc - i - 1));
            argc -= 2;
            break;
        }
    }
    std::printf("seed: %llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    return seed;
}
