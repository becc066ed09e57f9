// SPDX-License-Identifier: MIT

// A search as you type on a REST service. All that is about SyncMap is in Main.qml; the service is
// one of this process, so that there is something to ask.

#include "shared/stage.h"
#include "starservice.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char **argv)
{
    Stage stage(argc, argv,
                { "search", SEARCH_VERSION, "Searches for stars on a REST service.", "query",
                  "What to begin with." });

    const StarService service;
    if (service.url().isEmpty()) {
        std::fprintf(stderr, "search: no service: %s\n", qUtf8Printable(service.errorString()));
        return EXIT_FAILURE;
    }

    QString query = stage.argument();
    if (query.isEmpty() && stage.draws())
        query = QStringLiteral("gemini");
    return stage.play(
            QStringLiteral("Search"),
            { { QStringLiteral("service"), service.url() }, { QStringLiteral("query"), query } });
}
