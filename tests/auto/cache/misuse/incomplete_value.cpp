// SPDX-License-Identifier: MIT
// complete types where it is a member

#include <SyncMap/SyncCache>

class Tree
{
    SyncCache<int, Tree> m_children;
};

void misuse();

void misuse()
{
    const Tree tree;
}
