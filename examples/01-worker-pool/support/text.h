// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qbytearray.h>

#include <filesystem>

bool isUtf8(const std::filesystem::path &path);

// A name for people: bytes that are not UTF-8, and characters that would move a terminal's cursor
// or hide themselves, are written as numbers.
QByteArray printable(const std::filesystem::path &path);

// 1234567 as 1,234,567.
QByteArray grouped(qint64 number);
QByteArray grouped(double number, int decimals);

// "1 group", "2 groups".
QByteArray counted(qint64 number, const char *one, const char *many);
