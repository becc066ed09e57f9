// SPDX-License-Identifier: MIT
#pragma once

// What the pages show, each topic a source of its own: compiled, run, and looked at by tst_snippets.
// From a `//! [name]` to the next one is what a page quotes; the checks stand outside.

void startInCpp();
void startInWidgets();
void mentalModel();
void readWithGuard();
void waitForLoads();
void loadInPool();
void loadInContext();
void loadManyAtOnce();
void loadsAreCanceled();
void timesOfEntries();
void timesInTests();
void costsAndBytes();
void bytesOfOwnTypes();
void comeFromQCache();
void comeFromQHash();
void comeFromQPixmapCache();
void comeFromQQmlPropertyMap();
void comeFromModel();
void decideByErrors();
void saveAndRestore();
void showToInterface();
void publishForQml();
void startInQml();
void useQmlTypes();
void showPictures();
