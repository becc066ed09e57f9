// SPDX-License-Identifier: MIT

#pragma once

#include "compare.h"

// The table of what the workers found, with the largest groups of duplicates.
void printResults(const Tree &tree, const Scan<SyncMap> &scan, const Problems &problems,
                  int groups);

// The table of times.
void printContests(const std::vector<Contest> &contests);
