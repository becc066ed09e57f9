// SPDX-License-Identifier: MIT

#pragma once

#include <filesystem>
#include <variant>

struct Options
{
    std::filesystem::path directory;
    int workers = 1;
    int groups = 0;
};

enum class ExitCode { Done = 0, NoDirectory = 1, BadUsage = 2, Interrupted = 130 };

// An exit code if there is nothing left to do: help was asked for, or the usage is wrong.
std::variant<Options, ExitCode> parseArguments(int argc, char **argv);
