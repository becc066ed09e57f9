// SPDX-License-Identifier: MIT

#pragma once

// From here on the first Ctrl-C asks for an orderly end; a second one ends the program at once.
void watchForInterrupt();

// Workers ask this often: it is one relaxed load.
bool interrupted() noexcept;
