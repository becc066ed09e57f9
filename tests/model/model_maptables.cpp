// SPDX-License-Identifier: MIT
#include "mapscenarios.h"

using namespace Model; // NOLINT(google-build-using-namespace): what is modelled, in its words

int main(int argc, char **argv)
{
    Model::Selection::take(argc, argv);

    mustHold<ClaimedUpdates, InTables>("claimed updates");
    mustHold<OvertakenClaim, InTables>("an overtaken claim");
    mustHold<OneKey, InTables>("publish and overwrite, in tables");
    mustHold<RemovedKey, InTables>("remove and insert again, in tables");
    mustHold<TwoRemovals, InTables>("two removals, in tables");
    mustHold<TwoReplacements, InTables>("two overwrites, in tables");
    mustHold<OverwriteAndGrowth, InTables>("overwrite and growth, in tables");
    mustHold<ValueHandsOver, InTables>("a value hands over, in tables");
    mustHold<RemovalHandsOver, InTables>("a removal hands over, in tables");
    mustHold<Promotion, InTables>("promotion, in tables");
    mustHold<Growth, InTables>("growth, in tables");
    mustHold<Purge, InTables>("purge, in tables");
    mustHold<SplitInDirectory, InTables>("split, in tables");
    mustHold<Merge, InTables>("merge");
    mustHold<MergeAndIteration, InTables>("merge under an iteration");
    mustHold<MergeAndClear, InTables>("merge beside clear");
    mustHold<Clear, InTables>("clear, in tables");
    mustHold<Iteration, InTables>("iteration, in tables");

    mustFind<TwoRemovals, InTables>(Plant::NoShardLock, "two removals, in tables");
    mustFind<TwoReplacements, InTables>(Plant::NoShardLock, "two overwrites, in tables");
    mustFind<OverwriteAndGrowth, InTables>(Plant::NoShardLock, "overwrite and growth, in tables");
    mustFind<OneKey, InTables>(Plant::RelaxedTagStore, "publish and overwrite, in tables");
    mustFind<ValueHandsOver, InTables>(Plant::RelaxedValueStore, "a value hands over, in tables");
    mustFind<ValueHandsOver, InTables>(Plant::RelaxedValueLoad, "a value hands over, in tables");
    mustFind<RemovalHandsOver, InTables>(Plant::RelaxedTagStore, "a removal hands over, in tables");
    mustFind<Growth, InTables>(Plant::RelaxedSnapshotStore, "growth, in tables");
    mustFind<Growth, InTables>(Plant::NoGracePeriod, "growth, in tables");
    mustFind<Clear, InTables>(Plant::NoGracePeriod, "clear, in tables");
    return Model::Selection::finish();
}
