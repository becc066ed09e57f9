// SPDX-License-Identifier: MIT
#include "mapscenarios.h"

using namespace Model; // NOLINT(google-build-using-namespace): what is modelled, in its words

int main(int argc, char **argv)
{
    Model::Selection::take(argc, argv);

    mustHold<OneKey, Nodes>("publish and overwrite");
    mustHold<ReplacedNode, Nodes>("a replaced node");
    mustHold<RemovedKey, Nodes>("remove and insert again");
    mustHold<TwoRemovals, Nodes>("two removals");
    mustHold<TwoReplacements, Nodes>("two replacements");
    mustHold<TwoReplacements, InPlace>("two overwrites in place");
    mustHold<ClaimedUpdates, Nodes>("claimed updates");
    mustHold<OvertakenClaim, Nodes>("an overtaken claim");
    mustHold<ValueHandsOver, InPlace>("a value hands over");
    mustHold<RemovalHandsOver, Nodes>("a removal hands over");
    mustHold<Promotion, Nodes>("promotion");
    mustHold<Growth, Nodes>("growth");
    mustHold<Purge, Nodes>("purge");
    mustHold<SplitWithDirectory, Nodes>("split, and a new directory");
    mustHold<SplitInDirectory, Nodes>("split");
    mustHold<Merge, Nodes>("merge");
    mustHold<MergeAndIteration, Nodes>("merge under an iteration");
    mustHold<MergeAndClear, Nodes>("merge beside clear");
    mustHold<Clear, Nodes>("clear");
    mustHold<Iteration, Nodes>("iteration");

    mustFind<TwoRemovals, Nodes>(Plant::NoShardLock, "two removals");
    mustFind<TwoReplacements, Nodes>(Plant::NoShardLock, "two replacements");
    mustFind<TwoReplacements, InPlace>(Plant::NoShardLock, "two overwrites in place");
    mustFind<ClaimedUpdates, Nodes>(Plant::NoShardLock, "claimed updates");
    mustFind<OneKey, Nodes>(Plant::RelaxedNodeStore, "publish and overwrite");
    mustFind<OneKey, Nodes>(Plant::RelaxedNodeLoad, "publish and overwrite");
    mustFind<ValueHandsOver, InPlace>(Plant::RelaxedValueStore, "a value hands over");
    mustFind<ValueHandsOver, InPlace>(Plant::RelaxedValueLoad, "a value hands over");
    mustFind<RemovalHandsOver, Nodes>(Plant::RelaxedTagStore, "a removal hands over");
    mustFind<Growth, Nodes>(Plant::RelaxedSnapshotStore, "growth");
    mustFind<Growth, Nodes>(Plant::RelaxedSnapshotLoad, "growth");
    mustFind<SplitInDirectory, Nodes>(Plant::RelaxedShardStore, "split");
    mustFind<SplitInDirectory, Nodes>(Plant::RelaxedShardLoad, "split");
    mustFind<SplitWithDirectory, Nodes>(Plant::RelaxedDirectoryStore, "split, and a new directory");
    mustFind<SplitWithDirectory, Nodes>(Plant::RelaxedDirectoryLoad, "split, and a new directory");
    mustFind<ReplacedNode, Nodes>(Plant::NoGracePeriod, "a replaced node");
    mustFind<RemovedKey, Nodes>(Plant::NoGracePeriod, "remove and insert again");
    mustFind<Growth, Nodes>(Plant::NoGracePeriod, "growth");
    mustFind<SplitWithDirectory, Nodes>(Plant::NoGracePeriod, "split, and a new directory");
    mustFind<Merge, Nodes>(Plant::NoGracePeriod, "merge");
    mustFind<Clear, Nodes>(Plant::NoGracePeriod, "clear");
    mustFind<Iteration, Nodes>(Plant::NoGracePeriod, "iteration");
    return Model::Selection::finish();
}
