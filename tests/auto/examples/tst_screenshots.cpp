// SPDX-License-Identifier: MIT

// The examples with a window, drawn into files, on folders that mean them no good.

#include "pictures.h"

#include <QtCore/qdir.h>
#include <QtCore/qregularexpression.h>
#include <QtGui/qpainter.h>

#include <sched.h>
#include <unistd.h>

namespace {

struct Outcome
{
    int exitCode = -1;
    QByteArray out;
    QByteArray err;
};

Outcome run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.setProcessEnvironment(environment());
    process.start(program, arguments);
    if (!process.waitForFinished(patience)) {
        process.kill();
        process.waitForFinished();
        return { -1, process.readAllStandardOutput(), "did not end" };
    }
    const int code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    return { code, process.readAllStandardOutput(), process.readAllStandardError() };
}

constexpr QRgb nightSky = 0xff171c2b; // of StarRow.qml

QImage detailed()
{
    QImage image = plain(1200, 900, Qt::darkCyan);
    QPainter painter(&image);
    for (int i = 0; i < 200; ++i) {
        painter.setBrush(QColor::fromHsv(i * 37 % 360, 200, 200));
        painter.drawEllipse(i * 97 % 1200, i * 61 % 900, 90, 90);
    }
    return image;
}

} // namespace

class tst_Screenshots : public QObject
{
    Q_OBJECT

private slots:
    void helpAndVersionExitWithZero_data() { examples(); }
    void helpAndVersionExitWithZero();
    void badUsageExitsWithTwo_data() { examples(); }
    void badUsageExitsWithTwo();
    void aPictureThatCannotBeWrittenExitsWithOne();

    void theGalleryDrawsAllSizesAndSchemes_data();
    void theGalleryDrawsAllSizesAndSchemes();
    void theGalleryPaintsWhereThereAreNoPictures();
    void theToursFiguresAreBounded();
    void aFolderThatIsEmptyOrNotThereIsNoError();
    void brokenPicturesAreShownAsSuch();
    void hugePicturesAreShown();
    void unreadablePicturesAreShownAsSuch();
    void picturesMayVanishMeanwhile();

    void theTableComparesBothWays();

    void theSearchShowsWhatItFound_data();
    void theSearchShowsWhatItFound();
    void theSearchShowsWhatWentWrong();

    void theFilesAreReadAsTheyAreShown_data() { theGalleryDrawsAllSizesAndSchemes_data(); }
    void theFilesAreReadAsTheyAreShown();
    void aFolderWithoutFilesIsNoError();

private:
    static void examples();
    QImage draw(const QString &program, QStringList arguments);

    QTemporaryDir m_output;
    QByteArray m_said; // by the last one that was drawn
};

void tst_Screenshots::examples()
{
    QTest::addColumn<QString>("program");
    QTest::newRow("gallery") << QStringLiteral(GALLERY);
    QTest::newRow("live-table") << QStringLiteral(LIVE_TABLE);
    QTest::newRow("search") << QStringLiteral(SEARCH);
    QTest::newRow("table") << QStringLiteral(TABLE);
}

// The picture; null after a failure, or words of the QML engine.
QImage tst_Screenshots::draw(const QString &program, QStringList arguments)
{
    const QString file = m_output.filePath(QStringLiteral("picture.png"));
    QFile::remove(file);
    const Outcome outcome = run(program, arguments << QStringLiteral("--screenshot") << file);
    m_said = outcome.out;
    if (outcome.exitCode != 0 || warns(outcome.err) || !outcome.out.startsWith("Wrote ")) {
        qWarning("exit code %d\n%s\n%s", outcome.exitCode, outcome.out.constData(),
                 outcome.err.constData());
        return {};
    }
    return QImage(file);
}

void tst_Screenshots::helpAndVersionExitWithZero()
{
    QFETCH(const QString, program);
    const Outcome help = run(program, { QStringLiteral("--help") });
    QCOMPARE(help.exitCode, 0);
    QVERIFY(help.out.contains("--screenshot"));
    const Outcome version = run(program, { QStringLiteral("--version") });
    QCOMPARE(version.exitCode, 0);
    QVERIFY(version.out.startsWith(QTest::currentDataTag()));
}

void tst_Screenshots::badUsageExitsWithTwo()
{
    QFETCH(const QString, program);
    for (const char *wrong : { "--colour", "--size=big", "--size=0x0", "--screenshot=", "a b c" }) {
        const Outcome outcome = run(program, QString::fromLatin1(wrong).split(QLatin1Char(' ')));
        QVERIFY2(outcome.exitCode == 2, wrong);
        QVERIFY2(outcome.err.contains(QTest::currentDataTag()), wrong);
    }
}

void tst_Screenshots::aPictureThatCannotBeWrittenExitsWithOne()
{
    const Outcome outcome = run(QStringLiteral(GALLERY),
                                { QStringLiteral("--screenshot"),
                                  QStringLiteral("/nowhere/picture.png"), m_output.path() });
    QCOMPARE(outcome.exitCode, 1);
    QVERIFY(outcome.err.contains("cannot write '/nowhere/picture.png'"));
}

void tst_Screenshots::theGalleryDrawsAllSizesAndSchemes_data()
{
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("dark");
    for (const QSize &size :
         { QSize(360, 720), QSize(800, 600), QSize(1280, 800), QSize(2560, 1440) }) {
        for (const bool dark : { false, true })
            QTest::addRow("%dx%d %s", size.width(), size.height(), dark ? "dark" : "light")
                    << size << dark;
    }
}

void tst_Screenshots::theGalleryDrawsAllSizesAndSchemes()
{
    QFETCH(const QSize, size);
    QFETCH(const bool, dark);
    const Pictures pictures;
    pictures.addMany(60);
    const QImage picture = draw(
            QStringLiteral(GALLERY),
            { pictures.path(), QStringLiteral("--size=%1x%2").arg(size.width()).arg(size.height()),
              dark ? QStringLiteral("--dark") : QStringLiteral("--light") });
    QCOMPARE(picture.size(), size);
    QVERIFY(near(picture.pixel(2, 2), dark ? darkWindow : lightWindow));
    // The second tile has its colour.
    QVERIFY(count(picture, QColor::fromHsv(37, 150, 230).rgb()) > 5000);
    // The figures at the bottom end before its margins, and not in their midst.
    const QRect strip(0, size.height() - 36, size.width(), 36);
    const QRgb surface = picture.pixel(2, size.height() - 2);
    const auto isBlank = [&](const QRect &margin) {
        return count(picture.copy(margin), surface) == margin.width() * margin.height();
    };
    QVERIFY(isBlank(strip.adjusted(0, 30, 0, 0)));
    QVERIFY(isBlank(strip.adjusted(size.width() - 18, 8, 0, 0)));
    QVERIFY(!isBlank(strip));
}

void tst_Screenshots::theGalleryPaintsWhereThereAreNoPictures()
{
    // In a home without pictures; a machine may have backgrounds, which is as well.
    const QImage picture = draw(QStringLiteral(GALLERY), { QStringLiteral("--size=800x600") });
    QCOMPARE(picture.size(), QSize(800, 600));
    QVERIFY(count(picture, lightWindow) < 800 * 600 / 2);
}

// On one processor, where workers cannot keep up with a tour, however many there are.
void tst_Screenshots::theToursFiguresAreBounded()
{
    const Pictures pictures;
    pictures.add(QStringLiteral("000.png"), detailed());
    for (int i = 1; i < 200; ++i) { // of 0.46 MiB each, as thumbnails
        const QString name = QStringLiteral("%1.png").arg(i, 3, 10, QLatin1Char('0'));
        QVERIFY(QFile::copy(pictures.path(QStringLiteral("000.png")), pictures.path(name)));
    }
    const QImage picture =
            draw(QStringLiteral("taskset"),
                 { QStringLiteral("-c"), QString::number(::sched_getcpu()), QStringLiteral(GALLERY),
                   pictures.path(), QStringLiteral("--size=800x600") });
    QVERIFY(!picture.isNull());

    static const QRegularExpression form(
            QStringLiteral("(\\d+)/64 MiB, (\\d+) MiB of pictures alive, (\\d+) entries alive, "
                           "\\d+ % hits, \\d+ loading, ([\\d,]+) cancelled, 0 failed"));
    const QRegularExpressionMatch said = form.match(QString::fromUtf8(m_said));
    QVERIFY2(said.hasMatch(), m_said.constData());
    const auto number = [&said](int group) {
        return said.captured(group).remove(QLatin1Char(',')).toInt();
    };
    QVERIFY2(number(1) > 20 && number(1) <= 64, m_said.constData());
    // Twelve are on the screen, and some may be on their way.
    QVERIFY2(number(2) > 20 && number(2) <= 64 + 16, m_said.constData());
    // Those that are left for the collector are few.
    QVERIFY2(number(3) >= 9 && number(3) <= 150, m_said.constData());
    QVERIFY2(number(4) >= 30, m_said.constData());
}

void tst_Screenshots::aFolderThatIsEmptyOrNotThereIsNoError()
{
    const Pictures none;
    for (const QString &folder : { none.path(), none.path(QStringLiteral("absent")) }) {
        const QImage picture = draw(QStringLiteral(GALLERY), { folder });
        QVERIFY(!picture.isNull());
        QVERIFY(count(picture, lightWindow) > picture.width() * picture.height() * 8 / 10);
    }
}

void tst_Screenshots::brokenPicturesAreShownAsSuch()
{
    const Pictures pictures;
    pictures.add(QStringLiteral("whole.jpg"), detailed());
    pictures.add(QStringLiteral("whole.png"), detailed());
    const int without = count(draw(QStringLiteral(GALLERY), { pictures.path() }), danger);

    pictures.truncate(QStringLiteral("whole.jpg"), QStringLiteral("truncated.jpg"));
    pictures.truncate(QStringLiteral("whole.png"), QStringLiteral("truncated.png"));
    pictures.write(QStringLiteral("empty.png"), {});
    pictures.write(QStringLiteral("words.jpg"), "These are words.");
    pictures.write(QStringLiteral("zeros.gif"), QByteArray(10'000, '\0'));
    pictures.write(QStringLiteral("head.png"), pictures.read(QStringLiteral("whole.png")).left(40));
    const int with = count(draw(QStringLiteral(GALLERY), { pictures.path() }), danger);
    // A disc with an exclamation mark in each of the six.
    QVERIFY2(with - without > 6 * 350, qPrintable(QString::number(with - without)));
}

void tst_Screenshots::hugePicturesAreShown()
{
    const Pictures pictures;
    QImage huge(12'000, 9'000, QImage::Format_Mono);
    huge.fill(0);
    huge.setColorTable({ 0xff000000, 0xffffffff });
    pictures.add(QStringLiteral("huge.png"), huge);
    pictures.add(QStringLiteral("panorama.png"), plain(20'000, 4, Qt::blue));
    pictures.add(QStringLiteral("dot.png"), plain(1, 1, Qt::blue));
    const QImage picture = draw(QStringLiteral(GALLERY), { pictures.path() });
    QVERIFY(count(picture, 0xff000000) > 10'000);
    QVERIFY(count(picture, 0xff0000ff) > 10'000);
    QVERIFY(count(picture, danger) < 100);
}

void tst_Screenshots::unreadablePicturesAreShownAsSuch()
{
    if (::geteuid() == 0)
        return; // whom nothing is unreadable to
    const Pictures pictures;
    pictures.addMany(2);
    QVERIFY(QFile::setPermissions(pictures.path(QStringLiteral("000.png")), {}));
    QVERIFY(count(draw(QStringLiteral(GALLERY), { pictures.path() }), danger) > 350);
}

void tst_Screenshots::picturesMayVanishMeanwhile()
{
    const Pictures pictures;
    pictures.addMany(200);
    QProcess process;
    process.setProcessEnvironment(environment());
    process.start(QStringLiteral(GALLERY),
                  { pictures.path(), QStringLiteral("--screenshot"),
                    m_output.filePath(QStringLiteral("vanishing.png")) });
    QVERIFY(process.waitForStarted());
    for (const QString &name : QDir(pictures.path()).entryList(QDir::Files))
        QVERIFY(QFile::remove(pictures.path(name)));
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitCode(), 0);
    const QByteArray said = process.readAllStandardError();
    QVERIFY2(!warns(said), said.constData());
}

void tst_Screenshots::theTableComparesBothWays()
{
    const QImage picture = draw(QStringLiteral(LIVE_TABLE),
                                { QStringLiteral("--size=1280x800"), QStringLiteral("--light") });
    QCOMPARE(picture.size(), QSize(1280, 800));
    QVERIFY(count(picture, accent) > 1000); // frames of one kind
    QVERIFY(count(picture, danger) > 1000); // and of the other
}

void tst_Screenshots::theSearchShowsWhatItFound_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<int>("discs"); // that are to be seen, of which each star has one
    QTest::newRow("none") << QStringLiteral("xyzzy") << 0;
    QTest::newRow("one") << QStringLiteral("sirius") << 1;
    QTest::newRow("several") << QStringLiteral("lyra") << 3;
    QTest::newRow("whatever the case, with blanks round it") << QStringLiteral(" LYRA ") << 3;
    QTest::newRow("not in ASCII") << QStringLiteral("boötes") << 5;
}

void tst_Screenshots::theSearchShowsWhatItFound()
{
    QFETCH(const QString, query);
    QFETCH(const int, discs);
    const QImage picture =
            draw(QStringLiteral(SEARCH),
                 { query, QStringLiteral("--size=380x720"), QStringLiteral("--light") });
    QCOMPARE(picture.size(), QSize(380, 720));
    const int column = 18; // through the left of the discs, beside what they have in the middle
    int found = 0;
    for (int y = 100; y < 660; ++y) {
        const bool isInside = near(picture.pixel(column, y), nightSky);
        found += isInside && !near(picture.pixel(column, y - 1), nightSky);
    }
    QCOMPARE(found, discs);
    QCOMPARE(count(picture, danger), 0);
}

void tst_Screenshots::theSearchShowsWhatWentWrong()
{
    const QImage picture = draw(QStringLiteral(SEARCH),
                                { QStringLiteral("an error"), QStringLiteral("--size=380x720"),
                                  QStringLiteral("--light") });
    QVERIFY(count(picture, danger) > 350); // a disc with an exclamation mark
    QCOMPARE(count(picture, nightSky), 0); // and no star
}

// Each with its facts, or in red why not.
void tst_Screenshots::theFilesAreReadAsTheyAreShown()
{
    QFETCH(const QSize, size);
    QFETCH(const bool, dark);
    const Pictures files;
    for (int i = 0; i < 200; ++i)
        files.write(QStringLiteral("%1.txt").arg(i, 3, 10, QLatin1Char('0')), "two\nlines\n");
    const QStringList arguments {
        files.path(), QStringLiteral("--size=%1x%2").arg(size.width()).arg(size.height()),
        dark ? QStringLiteral("--dark") : QStringLiteral("--light")
    };
    const QImage readable = draw(QStringLiteral(TABLE), arguments);
    QCOMPARE(readable.size(), size);
    QVERIFY(near(readable.pixel(2, 2), dark ? darkWindow : lightWindow));
    for (int i = 0; i < 200; ++i)
        files.write(QStringLiteral("%1.txt").arg(i, 3, 10, QLatin1Char('0')), QByteArray(9, '\0'));
    const QImage binary = draw(QStringLiteral(TABLE), arguments);
    QCOMPARE(binary.size(), size);
    const QRect lines(size.width() > 800 ? size.width() - 640 : 160, 90, 80, 200);
    const QRgb text = dark ? 0xffededee : 0xff1a1b1d;
    QVERIFY(count(readable.copy(lines), text) > 20);
    QCOMPARE(count(binary.copy(lines), text), 0);
    if (size.width() > 800) { // else it is scrolled to the right
        const QRgb red = dark ? 0xffff8177 : danger;
        QCOMPARE(count(readable, red), 0);
        QVERIFY(count(binary, red) > 50);
    }
}

void tst_Screenshots::aFolderWithoutFilesIsNoError()
{
    const Pictures none;
    for (const QString &folder : { none.path(), none.path(QStringLiteral("absent")) }) {
        const QImage picture = draw(QStringLiteral(TABLE), { folder, QStringLiteral("--light") });
        QVERIFY(count(picture, 0xffffffff) > picture.width() * picture.height() * 8 / 10);
    }
}

QTEST_GUILESS_MAIN(tst_Screenshots)
#include "tst_screenshots.moc"
