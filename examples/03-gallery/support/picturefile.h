// SPDX-License-Identifier: MIT

#pragma once

#include <QtCore/qfile.h>

// Knows whether its reader wanted more than there is. The JPEG decoder paints the rest of a
// truncated picture grey, and calls that a success.
class PictureFile : public QFile
{
public:
    using QFile::QFile;

    bool ranOut = false;

protected:
    qint64 readData(char *data, qint64 size) override
    {
        const qint64 got = QFile::readData(data, size);
        ranOut = ranOut || (got <= 0 && size > 0);
        return got;
    }
};
