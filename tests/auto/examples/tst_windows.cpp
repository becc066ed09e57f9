// SPDX-License-Identifier: MIT

// The examples in a window on a display of their own, with keys, clicks, scrolls and changes of size.

#include "pictures.h"

#include <QtCore/qendian.h>

namespace {

// An X server without a screen to see, whose pixels are in a file.
class Monitor
{
public:
    // Another server may take the number between the choice and the bind; then the next is tried.
    bool start()
    {
        for (int server = 0; server < 5; ++server) {
            stop();
            m_server.start(QStringLiteral("Xvfb"),
                           { QStringLiteral("-displayfd"), QStringLiteral("1"),
                             QStringLiteral("-screen"), QStringLiteral("0"),
                             QStringLiteral("1300x900x24"), QStringLiteral("-nolisten"),
                             QStringLiteral("tcp"), QStringLiteral("-fbdir"), m_folder.path(),
                             // Else it starts anew when its last client goes, which answers() is,
                             // and refuses the next one meanwhile.
                             QStringLiteral("-noreset") });
            if (!QTest::qWaitFor([this] { return m_server.canReadLine(); }, 10'000))
                continue;
            m_name = QLatin1Char(':') + QString::fromLatin1(m_server.readLine()).trimmed();
            if (answers())
                return true;
        }
        return false;
    }
    ~Monitor() { stop(); }

    QString name() const { return m_name; }

    // The file is in the format of xwd: a header that tells its size, a colour table, and pixels.
    QImage picture() const
    {
        QFile file(m_folder.filePath(QStringLiteral("Xvfb_screen0")));
        if (!file.open(QIODevice::ReadOnly))
            return {};
        const QByteArray data = file.readAll();
        const auto word = [&](int i) {
            return qsizetype(qFromBigEndian<quint32>(&data.data()[4 * i]));
        };
        const int width = int(word(4));
        const int height = int(word(5));
        const qsizetype bytesPerLine = word(12);
        const qsizetype pixels = word(0) + word(19) * 12;
        if (data.size() < pixels + bytesPerLine * height)
            return {};
        return QImage(reinterpret_cast<const uchar *>(data.constData()) + pixels, width, height,
                      bytesPerLine, QImage::Format_RGB32)
                .copy();
    }

private:
    void stop()
    {
        if (m_server.state() == QProcess::NotRunning)
            return;
        m_server.terminate();
        m_server.waitForFinished();
    }
    bool answers() const
    {
        QProcess question;
        QProcessEnvironment variables = environment();
        variables.insert(QStringLiteral("DISPLAY"), m_name);
        question.setProcessEnvironment(variables);
        question.start(QStringLiteral("xdotool"), { QStringLiteral("getdisplaygeometry") });
        return question.waitForFinished(patience) && question.exitCode() == 0
                && m_server.state() == QProcess::Running;
    }

    QTemporaryDir m_folder;
    QProcess m_server;
    QString m_name;
};

// An example in a window at the top left of the display, and hands for it.
class Window
{
public:
    Window(const Monitor &monitor, const QString &program, const QStringList &arguments)
        : m_monitor(monitor)
    {
        m_environment = environment();
        m_environment.insert(QStringLiteral("DISPLAY"), monitor.name());
        m_environment.insert(QStringLiteral("QT_QUICK_BACKEND"), QStringLiteral("software"));
        m_process.setProcessEnvironment(m_environment);
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(program, arguments);
    }
    ~Window()
    {
        m_process.terminate();
        m_process.waitForFinished();
    }

    bool appears()
    {
        return QTest::qWaitFor(
                       [this] {
                           const QByteArray pid = QByteArray::number(m_process.processId());
                           const QByteArrayList found =
                                   tool({ "search", "--onlyvisible", "--pid", pid })
                                           .trimmed()
                                           .split('\n');
                           m_id = found.value(0);
                           return !m_id.isEmpty();
                       },
                       patience)
                && (tool({ "windowmove", m_id, "0", "0" }), tool({ "windowfocus", m_id }), true);
    }

    bool isAlive() const { return m_process.state() == QProcess::Running; }
    QByteArray said()
    {
        if (!isAlive())
            m_said += "ended with " + QByteArray::number(m_process.exitCode()) + '\n';
        return m_said += m_process.readAll();
    }
    QByteArray title() const { return tool({ "getwindowname", m_id }).trimmed(); }
    bool showsTitle(const QByteArray &beginning) const
    {
        return QTest::qWaitFor([&] { return title().startsWith(beginning); }, patience);
    }

    void key(const char *name) const { tool({ "key", name }); }
    void click(int x, int y) const
    {
        tool({ "mousemove", QByteArray::number(x), QByteArray::number(y), "click", "1" });
    }
    void doubleClick(int x, int y) const
    {
        tool({ "mousemove", QByteArray::number(x), QByteArray::number(y), "click", "1", "click",
               "1" });
    }
    void type(const char *text) const { tool({ "type", "--delay", "20", text }); }
    // From the top of the window downwards, with the button held for as long as look() takes.
    template <typename Look>
    void pullDown(int x, int from, int to, Look look) const
    {
        const QByteArray column = QByteArray::number(x);
        QByteArrayList words = { "mousemove", column, QByteArray::number(from), "mousedown", "1" };
        for (int y = from; y < to; y += 10)
            words << "mousemove" << column << QByteArray::number(y) << "sleep"
                  << "0.02";
        tool(words);
        look();
        tool({ "mouseup", "1" });
    }
    void scroll(int x, int y, const char *button, int times) const
    {
        QByteArrayList words = { "mousemove", QByteArray::number(x), QByteArray::number(y) };
        for (int i = 0; i < times; ++i)
            words << "click" << button << "sleep"
                  << "0.02";
        tool(words);
    }
    void resize(int width, int height) const
    {
        tool({ "windowsize", m_id, QByteArray::number(width), QByteArray::number(height) });
    }

    template <typename Predicate>
    bool shows(Predicate predicate) const
    {
        return QTest::qWaitFor([&] { return predicate(m_monitor.picture()); }, patience);
    }

private:
    QByteArray tool(const QByteArrayList &words) const
    {
        QStringList arguments;
        for (const QByteArray &word : words)
            arguments.append(QString::fromLatin1(word));
        QProcess process;
        process.setProcessEnvironment(m_environment);
        process.start(QStringLiteral("xdotool"), arguments);
        process.waitForFinished(patience);
        return process.readAllStandardOutput();
    }

    const Monitor &m_monitor;
    QProcessEnvironment m_environment;
    QProcess m_process;
    QByteArray m_id;
    QByteArray m_said;
};

} // namespace

class tst_Windows : public QObject
{
    Q_OBJECT

private slots:
    void theGalleryFollowsKeys();
    void theGalleryFollowsClicksAndScrolls();
    void theGalleryFollowsItsSize();
    void theGalleryChangesItsColours();
    void theGalleryScrollsOverPicturesThatVanish();
    void theTableSwitchesWhileItRuns();
    void theSearchFollowsKeysAndPulls();
    void theFilesFollowWritersFiltersAndNotes();
};

void tst_Windows::theGalleryFollowsKeys()
{
    const Pictures pictures;
    pictures.addMany(100);
    Monitor monitor;
    QVERIFY(monitor.start());
    Window window(
            monitor, QStringLiteral(GALLERY),
            { pictures.path(), QStringLiteral("--size=1280x800"), QStringLiteral("--light") });
    QVERIFY2(window.appears(), window.said().constData());
    QVERIFY(window.showsTitle("000.png"));
    QVERIFY(window.shows(
            [](const QImage &screen) { return count(screen, accent) > 1000; })); // the ring
    window.key("Right");
    QVERIFY(window.showsTitle("001.png"));
    window.key("Down");
    QVERIFY(window.showsTitle("006.png")); // five columns
    window.key("End");
    QVERIFY(window.showsTitle("099.png"));
    QVERIFY(window.shows([](const QImage &screen) {
        return count(screen, QColor::fromHsv(99 * 37 % 360, 150, 230).rgb()) > 5000;
    }));
    window.key("Page_Up");
    window.key("Page_Up");
    QVERIFY(window.showsTitle("069.png"));
    window.key("Home");
    QVERIFY(window.showsTitle("000.png"));
    QVERIFY(window.isAlive());
    QVERIFY2(!warns(window.said()), window.said().constData());
}

void tst_Windows::theGalleryFollowsClicksAndScrolls()
{
    const Pictures pictures;
    pictures.addMany(100);
    Monitor monitor;
    QVERIFY(monitor.start());
    Window window(
            monitor, QStringLiteral(GALLERY),
            { pictures.path(), QStringLiteral("--size=1280x800"), QStringLiteral("--light") });
    QVERIFY2(window.appears(), window.said().constData());
    QVERIFY(window.showsTitle("000.png"));
    const QRgb second = QColor::fromHsv(37, 150, 230).rgb();
    QVERIFY(window.shows([&](const QImage &screen) { return count(screen, second) > 5000; }));
    window.click(640, 150);
    QVERIFY(window.showsTitle("002.png"));
    window.scroll(640, 400, "5", 20);
    QVERIFY(window.shows([&](const QImage &screen) { return count(screen, second) < 100; }));
    window.scroll(640, 400, "4", 60);
    QVERIFY(window.shows([&](const QImage &screen) { return count(screen, second) > 5000; }));
    QVERIFY(window.isAlive());
    QVERIFY2(!warns(window.said()), window.said().constData());
}

void tst_Windows::theGalleryFollowsItsSize()
{
    const Pictures pictures;
    pictures.addMany(100);
    Monitor monitor;
    QVERIFY(monitor.start());
    Window window(
            monitor, QStringLiteral(GALLERY),
            { pictures.path(), QStringLiteral("--size=1280x800"), QStringLiteral("--light") });
    QVERIFY2(window.appears(), window.said().constData());
    QVERIFY(window.showsTitle("000.png"));
    for (const QSize &size :
         { QSize(380, 720), QSize(1280, 500), QSize(500, 860), QSize(380, 720) }) {
        window.resize(size.width(), size.height());
        QVERIFY(window.shows([&](const QImage &screen) {
            return screen.pixel(size.width() + 5, 100) == 0xff000000
                    && near(screen.pixel(2, size.height() - 2), 0xffffffff);
        }));
    }
    window.key("Down"); // two columns by now
    QVERIFY(window.showsTitle("002.png"));
    QVERIFY(window.isAlive());
    QVERIFY2(!warns(window.said()), window.said().constData());
}

void tst_Windows::theGalleryChangesItsColours()
{
    const Pictures pictures;
    pictures.addMany(10);
    Monitor monitor;
    QVERIFY(monitor.start());
    Window window(monitor, QStringLiteral(GALLERY),
                  { pictures.path(), QStringLiteral("--size=800x600"), QStringLiteral("--light") });
    QVERIFY2(window.appears(), window.said().constData());
    const auto isDark = [](const QImage &screen) { return near(screen.pixel(2, 2), darkWindow); };
    const auto isLight = [](const QImage &screen) { return near(screen.pixel(2, 2), lightWindow); };
    QVERIFY(window.shows(isLight));
    window.click(768, 27);
    QVERIFY(window.shows(isDark));
    window.click(768, 27);
    QVERIFY(window.shows(isLight));
    QVERIFY2(!warns(window.said()), window.said().constData());
}

void tst_Windows::theGalleryScrollsOverPicturesThatVanish()
{
    const Pictures pictures;
    pictures.addMany(200);
    Monitor monitor;
    QVERIFY(monitor.start());
    Window window(
            monitor, QStringLiteral(GALLERY),
            { pictures.path(), QStringLiteral("--size=1280x800"), QStringLiteral("--light") });
    QVERIFY2(window.appears(), window.said().constData());
    QVERIFY(window.showsTitle("000.png"));
    for (int i = 100; i < 200; ++i)
        QVERIFY(QFile::remove(pictures.path(QStringLiteral("%1.png").arg(i))));
    window.key("End");
    QVERIFY(window.showsTitle("199.png"));
    QVERIFY(window.shows([](const QImage &screen) { return count(screen, danger) > 10 * 350; }));
    window.key("Home");
    QVERIFY(window.showsTitle("000.png"));
    QVERIFY(window.isAlive());
    QVERIFY2(!warns(window.said()), window.said().constData());
}

void tst_Windows::theTableSwitchesWhileItRuns()
{
    Monitor monitor;
    QVERIFY(monitor.start());
    Window window(monitor, QStringLiteral(LIVE_TABLE),
                  { QStringLiteral("--size=1280x800"), QStringLiteral("--light") });
    QVERIFY2(window.appears(), window.said().constData());
    const auto inChart = [](const QImage &screen, QRgb color) {
        return count(screen.copy(30, 140, 1150, 125), color);
    };
    QVERIFY(window.shows([&](const QImage &screen) { return inChart(screen, accent) > 500; }));
    window.click(230, 76);
    QVERIFY(window.shows([&](const QImage &screen) { return inChart(screen, danger) > 2000; }));
    window.click(66, 76);
    QVERIFY(window.shows([&](const QImage &screen) { return inChart(screen, danger) < 200; }));
    window.resize(380, 720);
    QVERIFY(window.shows(
            [&](const QImage &screen) { return screen.pixel(400, 100) == 0xff000000; }));
    QVERIFY(window.isAlive());
    QVERIFY2(!warns(window.said()), window.said().constData());
}

void tst_Windows::theSearchFollowsKeysAndPulls()
{
    Monitor monitor;
    QVERIFY(monitor.start());
    Window window(monitor, QStringLiteral(SEARCH),
                  { QStringLiteral("--size=800x600"), QStringLiteral("--light") });
    QVERIFY2(window.appears(), window.said().constData());
    const auto discs = [](const QImage &screen) { return count(screen, 0xff171c2b) / 200; };
    const auto figures = [](const QImage &screen) { return screen.copy(0, 570, 125, 30); };
    QVERIFY(window.shows([&](const QImage &screen) { return discs(screen) > 4; }));
    window.type("an error");
    QVERIFY(window.shows([&](const QImage &screen) { return count(screen, danger) > 350; }));
    window.key("Escape");
    QVERIFY(window.shows([&](const QImage &screen) { return discs(screen) > 4; }));
    QVERIFY(window.shows([&](const QImage &screen) { return count(screen, danger) == 0; }));

    QImage before;
    window.pullDown(400, 200, 500, [&] {
        QVERIFY(window.shows([&](const QImage &screen) { // the hint has its colour
            return count(screen.copy(200, 100, 400, 140), accent) > 50;
        }));
        window.shows([&](const QImage &screen) {
            before = figures(screen);
            return true;
        });
    });
    QVERIFY(window.shows([&](const QImage &screen) { return figures(screen) != before; }));
    QVERIFY(window.isAlive());
    QVERIFY2(!warns(window.said()), window.said().constData());
}

void tst_Windows::theFilesFollowWritersFiltersAndNotes()
{
    const Pictures files;
    for (int i = 0; i < 300; ++i)
        files.write(QStringLiteral("%1.txt").arg(i, 3, 10, QLatin1Char('0')), "two\nlines\n");
    Monitor monitor;
    QVERIFY(monitor.start());
    Window window(monitor, QStringLiteral(TABLE),
                  { files.path(), QStringLiteral("--size=1000x700"), QStringLiteral("--light") });
    QVERIFY2(window.appears(), window.said().constData());
    const auto linesOf = [](const QImage &screen, int row) {
        return screen.copy(390, 93 + 26 * row, 50, 20);
    };
    const auto noteOf = [](const QImage &screen, int row) {
        return screen.copy(782, 93 + 26 * row, 100, 20);
    };
    const auto isEmpty = [](const QImage &cell) {
        for (int x = 0; x < cell.width(); ++x) {
            for (int y = 0; y < cell.height(); ++y) {
                if (!near(cell.pixel(x, y), cell.pixel(0, 0)))
                    return false;
            }
        }
        return true;
    };
    QImage before;
    QVERIFY(window.shows([&](const QImage &screen) {
        before = linesOf(screen, 0);
        return !isEmpty(before);
    }));
    files.write(QStringLiteral("000.txt"), "these\nare\nseven\nlines\nof\na\ntext\n");
    QVERIFY(window.shows([&](const QImage &screen) { return linesOf(screen, 0) != before; }));

    window.click(900, 30);
    window.type("299");
    QVERIFY(window.shows([&](const QImage &screen) {
        return isEmpty(linesOf(screen, 1)) && !isEmpty(linesOf(screen, 0));
    }));
    window.doubleClick(830, 103);
    window.type("mine");
    window.key("Return");
    QImage note;
    QVERIFY(window.shows([&](const QImage &screen) {
        before = linesOf(screen, 0);
        note = noteOf(screen, 0);
        return !isEmpty(note);
    }));
    files.write(QStringLiteral("299.txt"), "these\nare\nseven\nlines\nof\na\ntext\n");
    QVERIFY(window.shows([&](const QImage &screen) {
        return linesOf(screen, 0) != before && !isEmpty(noteOf(screen, 0));
    }));
    QVERIFY(window.isAlive());
    QVERIFY2(!warns(window.said()), window.said().constData());
}

QTEST_GUILESS_MAIN(tst_Windows)
#include "tst_windows.moc"
