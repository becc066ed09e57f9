// SPDX-License-Identifier: MIT
#pragma once

// The errors that a model plants through its traits, to see itself find them. A model that could
// not find them would prove nothing.
enum class Plant {
    None,
    // Reclamation.
    NoLightFence,
    NoHeavyFence,
    NoGracePeriod, // a scan sees no pin of another thread
    RelaxedLeave,
    RelaxedScan,
    RelaxedEpochLoad,
    RelaxedEpochIncrement,
    RelaxedRetire, // the push to a limbo
    RelaxedSlotPush,
    RelaxedSlotWalk,
    // The map.
    NoShardLock,
    RelaxedNodeStore,
    RelaxedNodeLoad,
    RelaxedSnapshotStore,
    RelaxedSnapshotLoad,
    RelaxedShardStore, // in the directory
    RelaxedShardLoad,
    RelaxedDirectoryStore,
    RelaxedDirectoryLoad,
    RelaxedValueStore, // in place
    RelaxedValueLoad,
    RelaxedTagStore,
    RelaxedObserversStore,
    RelaxedObserversLoad,
};

inline const char *nameOf(Plant plant)
{
    switch (plant) {
    case Plant::None:
        return "nothing planted";
    case Plant::NoLightFence:
        return "no light fence";
    case Plant::NoHeavyFence:
        return "no heavy fence";
    case Plant::NoGracePeriod:
        return "no grace period";
    case Plant::RelaxedLeave:
        return "[leave] released relaxed";
    case Plant::RelaxedScan:
        return "[leave] acquired relaxed";
    case Plant::RelaxedEpochLoad:
        return "[epoch] acquired relaxed";
    case Plant::RelaxedEpochIncrement:
        return "[epoch] released relaxed";
    case Plant::RelaxedRetire:
        return "[limbo] released relaxed";
    case Plant::RelaxedSlotPush:
        return "[slot-list] released relaxed";
    case Plant::RelaxedSlotWalk:
        return "[slot-list] acquired relaxed";
    case Plant::NoShardLock:
        return "no lock on a shard";
    case Plant::RelaxedNodeStore:
        return "[slot] released relaxed";
    case Plant::RelaxedNodeLoad:
        return "[slot] acquired relaxed";
    case Plant::RelaxedSnapshotStore:
        return "[snapshot] released relaxed";
    case Plant::RelaxedSnapshotLoad:
        return "[snapshot] acquired relaxed";
    case Plant::RelaxedShardStore:
        return "[shard] released relaxed";
    case Plant::RelaxedShardLoad:
        return "[shard] acquired relaxed";
    case Plant::RelaxedDirectoryStore:
        return "[directory] released relaxed";
    case Plant::RelaxedDirectoryLoad:
        return "[directory] acquired relaxed";
    case Plant::RelaxedValueStore:
        return "[value] released relaxed";
    case Plant::RelaxedValueLoad:
        return "[value] acquired relaxed";
    case Plant::RelaxedTagStore:
        return "[tag] released relaxed";
    case Plant::RelaxedObserversStore:
        return "[observers] released relaxed";
    case Plant::RelaxedObserversLoad:
        return "[observers] acquired relaxed";
    }
    return "";
}
