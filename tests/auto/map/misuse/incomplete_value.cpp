// SPDX-License-Identifier: MIT
// complete types where it is a member

#include <SyncMap/SyncMap>

#include <memory>

class Tree
{
    SyncMap<int, Tree> m_children;
};

void misuse();

void misuse()
{
    const Tree tree;
}
