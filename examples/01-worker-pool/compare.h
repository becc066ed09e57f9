// SPDX-License-Identifier: MIT

#pragma once

#include "scan.h"

#include <QtCore/qbytearray.h>

#include <vector>

// The same work on SyncMap and on a QHash behind a QReadWriteLock, measured in turns.
struct Contest
{
    QByteArray title;
    bool isRate = false; // million look-ups a second, more is better; else milliseconds
    std::vector<double> syncMap = {};
    std::vector<double> lockedHash = {};

    // How many times as fast as LockedHash SyncMap is.
    double ratio() const;
};

double median(std::vector<double> samples); // 0 if there are none

// An interrupted comparison returns what it has. The scan is of the same tree, and complete: with
// it the operating system has all files in memory, which makes the contestants' reading alike.
std::vector<Contest> compare(const Tree &tree, const Scan<SyncMap> &scan, int workers);
