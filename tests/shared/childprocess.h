// SPDX-License-Identifier: MIT
#pragma once

#include <QtCore/qbytearray.h>

#include <cstdlib>
#include <cstring>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

struct ChildResult
{
    int status = -1; // as of waitpid()
    QByteArray output; // and errors

    bool succeeded() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
};

// Runs this program again, as `program --role <role>`, with SYNCMAP_FENCE set to \a fence, or unset
// if that is null: what a process decides once can only be tried in a new one. The system could not
// start it if it is for another one: then SYNCMAP_EMULATOR is the path of what runs it.
inline ChildResult runAgain(const char *role, const char *fence = nullptr)
{
    std::vector<std::string> variables;
    for (char **variable = environ; *variable; ++variable) {
        if (std::strncmp(*variable, "SYNCMAP_FENCE=", 14) != 0)
            variables.emplace_back(*variable);
    }
    if (fence)
        variables.push_back(std::string("SYNCMAP_FENCE=") + fence);
    std::vector<char *> environment;
    environment.reserve(variables.size() + 1);
    for (std::string &variable : variables)
        environment.push_back(variable.data());
    environment.push_back(nullptr);
    std::string program = "/proc/self/exe";
    char *const emulator = std::getenv("SYNCMAP_EMULATOR");
    if (emulator) {
        // The link leads to the emulator for all but the program itself.
        char path[4096] = {};
        if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
            return {};
        program = path;
    }
    std::string option = "--role";
    std::string value = role;
    std::vector<char *> arguments = { program.data(), option.data(), value.data(), nullptr };
    if (emulator)
        arguments.insert(arguments.begin(), emulator);

    ChildResult result;
    int ends[2];
    if (pipe(ends) != 0)
        return result;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    pid_t child = 0;
    const int error = posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(),
                                  environment.data());
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error == 0) {
        char text[4096];
        ssize_t size = 0;
        while ((size = read(ends[0], text, sizeof(text))) > 0)
            result.output.append(text, qsizetype(size));
        waitpid(child, &result.status, 0);
    }
    close(ends[0]);
    return result;
}
