// SPDX-License-Identifier: MIT

// Examples/01-worker-pool seen from outside: the built program on trees that mean it no good.

#include <QtCore/qdir.h>
#include <QtCore/qfile.h>
#include <QtCore/qregularexpression.h>
#include <QtCore/qtemporarydir.h>
#include <QtTest/qtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <linux/capability.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Outcome
{
    int exitCode = -1;
    QByteArray out;
    QByteArray err;

    // The number in the table's row of that title, -1 without such a row.
    qint64 operator[](const char *title) const
    {
        const QRegularExpression row("^ *" + QRegularExpression::escape(title) + " +([0-9,]+)",
                                     QRegularExpression::MultilineOption);
        const QRegularExpressionMatch match = row.match(QString::fromUtf8(out));
        return match.hasMatch() ? match.captured(1).remove(',').toLongLong() : -1;
    }
};

constexpr int patience = 60'000; // milliseconds

// A run of the example. Not by QProcess, which starts programs in a way that ThreadSanitizer does
// not survive, and which knows no arguments but text.
class Program
{
public:
    explicit Program(const QByteArrayList &arguments)
    {
        QByteArrayList words = QByteArrayList { WORKER_POOL } + arguments;
        std::vector<char *> pointers;
        for (QByteArray &word : words)
            pointers.push_back(word.data());
        pointers.push_back(nullptr);

        constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, file("out").constData(), flags,
                                           0644);
        ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, file("err").constData(), flags,
                                           0644);
        m_failed = ::posix_spawn(&m_id, WORKER_POOL, &actions, nullptr, pointers.data(), environ);
        ::posix_spawn_file_actions_destroy(&actions);
    }
    ~Program()
    {
        if (m_failed || hasEnded())
            return;
        ::kill(m_id, SIGKILL);
        ::waitpid(m_id, nullptr, 0);
    }
    Q_DISABLE_COPY_MOVE(Program)

    pid_t id() const { return m_id; }
    void interrupt() const { ::kill(m_id, SIGINT); }
    void stop() const { ::kill(m_id, SIGSTOP); }
    void goOn() const { ::kill(m_id, SIGCONT); }
    bool hasOutput() const { return !read("out").isEmpty(); }

    Outcome finish()
    {
        if (m_failed || !QTest::qWaitFor([this] { return hasEnded(); }, patience))
            return { -1, read("out"), "did not start or did not end" };
        const int code = WIFEXITED(m_status) ? WEXITSTATUS(m_status) : -WTERMSIG(m_status);
        const Outcome outcome { code, read("out"), read("err") };
        if (outcome.err.contains("Sanitizer"))
            qWarning("%s",
                     outcome.err.constData()); // an exit code alone does not tell what it found
        return outcome;
    }

private:
    bool hasEnded() { return m_ended = m_ended || ::waitpid(m_id, &m_status, WNOHANG) == m_id; }

    QByteArray file(const char *name) const { return QFile::encodeName(m_output.filePath(name)); }

    QByteArray read(const char *name) const
    {
        QFile output(m_output.filePath(name));
        return output.open(QIODevice::ReadOnly) ? output.readAll() : QByteArray();
    }

    QTemporaryDir m_output;
    pid_t m_id = -1;
    int m_status = 0;
    int m_failed = 0;
    bool m_ended = false;
};

Outcome run(const QByteArrayList &arguments)
{
    return Program(arguments).finish();
}

class TestTree
{
public:
    // QTemporaryDir itself cannot remove names that are not UTF-8.
    ~TestTree()
    {
        std::error_code ignored;
        std::filesystem::remove_all(root().toStdString(), ignored);
    }

    QByteArray root() const { return QFile::encodeName(m_directory.path()); }
    QByteArray path(const QByteArray &name) const { return root() + '/' + name; }

    void makeDirectory(const QByteArray &name) const
    {
        QCOMPARE(::mkdir(path(name).constData(), 0755), 0);
    }

    void write(const QByteArray &name, const QByteArray &content) const
    {
        const int file =
                ::open(path(name).constData(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        QVERIFY(file >= 0);
        QCOMPARE(::write(file, content.constData(), size_t(content.size())), content.size());
        ::close(file);
    }

    void writeSparse(const QByteArray &name, qint64 size) const
    {
        write(name, {});
        QCOMPARE(::truncate(path(name).constData(), off_t(size)), 0);
    }

    void linkTo(const QByteArray &target, const QByteArray &name) const
    {
        QCOMPARE(::symlink(target.constData(), path(name).constData()), 0);
    }

    // How we know, without a sleep, that the program has listed the tree and is reading.
    bool isOpenIn(const Program &program, const QByteArray &name) const
    {
        const QString target = QFileInfo(QFile::decodeName(path(name))).canonicalFilePath();
        const QDir descriptors("/proc/" + QString::number(program.id()) + "/fd");
        const QFileInfoList open =
                descriptors.entryInfoList(QDir::NoDotAndDotDot | QDir::AllEntries);
        return std::any_of(open.begin(), open.end(), [&](const QFileInfo &descriptor) {
            return descriptor.symLinkTarget() == target;
        });
    }

private:
    QTemporaryDir m_directory;
};

constexpr qint64 gibibyte = 1 << 30;

// Root may read everything, unless it is rid of the two capabilities that say so. This process
// keeps them: what is out of the bounding set is lost to the programs that it starts.
void loseTheRightsOfRoot()
{
    ::prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
    ::prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
}

} // namespace

class tst_WorkerPool : public QObject
{
    Q_OBJECT

private slots:
    void helpAndVersionExitWithZero();
    void badUsageExitsWithTwo();
    void aRootThatCannotBeReadExitsWithOne();
    void anEmptyTreeIsNoError();

    void filesWithTheSameContentAreDuplicates();
    void namesOfTheSameFileAreNoDuplicates();
    void emptyFilesAreNoDuplicates();
    void eachFileIsReadOnceByOneWorker();
    void workersFindWhatOthersHaveRead();
    void topLimitsTheListedGroups();

    void linksInACircleAreReported();
    void linksToNothingAreReported();
    void specialFilesAreNeverOpened();
    void namesThatAreNotUtf8AreReadAndReported();
    void aRootThatIsNotUtf8IsRead();
    void namesCannotDriveTheTerminal();
    void unreadableFilesAreReported();
    void aTreeOfWhichNothingCanBeReadIsReported();
    void pathsTooLongForTheSystemAreReported();
    void filesThatVanishAreReported();
    void filesThatChangeAreReported();

    void interruptEndsWithAPartialTable();
    void theTableFitsEightyColumns();
};

void tst_WorkerPool::helpAndVersionExitWithZero()
{
    for (const char *argument : { "--help", "-h", "--version", "-v" }) {
        const Outcome outcome = run({ argument });
        QCOMPARE(outcome.exitCode, 0);
        QVERIFY(outcome.err.isEmpty());
        const bool isHelp = QByteArray(argument).contains('h');
        QVERIFY2(outcome.out.contains(isHelp ? "--workers" : "worker-pool "), argument);
    }
}

void tst_WorkerPool::badUsageExitsWithTwo()
{
    const QList<QByteArrayList> wrong = {
        { "--colour" },  { "--workers", "0" },   { "--workers=-1" }, { "--workers", "99999999999" },
        { "--workers" }, { "--workers", "two" }, { "--top", "all" }, { "/usr", "/etc" },
    };
    for (const QByteArrayList &arguments : wrong) {
        const Outcome outcome = run(arguments);
        QVERIFY2(outcome.exitCode == 2, arguments.join(' ').constData());
        QVERIFY(outcome.out.isEmpty());
        QVERIFY(outcome.err.startsWith("worker-pool: "));
    }
}

void tst_WorkerPool::aRootThatCannotBeReadExitsWithOne()
{
    const TestTree tree;
    tree.write("file", "content");
    for (const QByteArray &root : { tree.path("absent"), tree.path("file"), QByteArray() }) {
        const Outcome outcome = run({ root });
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY(outcome.out.isEmpty());
        QVERIFY(outcome.err.startsWith("worker-pool: cannot read "));
    }
}

void tst_WorkerPool::anEmptyTreeIsNoError()
{
    const TestTree tree;
    const Outcome outcome = run({ tree.root() });
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["Files"], 0);
    QCOMPARE(outcome["Problems"], 0);
}

void tst_WorkerPool::filesWithTheSameContentAreDuplicates()
{
    const TestTree tree;
    tree.makeDirectory("deep");
    tree.makeDirectory("deep/down");
    tree.write("one", "same");
    tree.write("two", "same");
    tree.write("deep/down/three", "same");
    tree.write("four", "else"); // of the same size
    const Outcome outcome = run({ tree.root() });
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["Files"], 4);
    QCOMPARE(outcome["Duplicates"], 2);
    QCOMPARE(outcome["bytes wasted"], 8);
    QVERIFY(outcome.out.contains("3 files of 4 bytes"));
    QVERIFY(outcome.out.contains("/deep/down/three\n"));
    QVERIFY(!outcome.out.contains("/four\n"));
}

void tst_WorkerPool::namesOfTheSameFileAreNoDuplicates()
{
    const TestTree tree;
    tree.write("file", "content");
    QCOMPARE(::link(tree.path("file").constData(), tree.path("hard").constData()), 0);
    tree.linkTo("file", "soft");
    tree.linkTo(tree.path("soft"), "softer");
    const Outcome outcome = run({ "--workers", "1", tree.root() });
    QCOMPARE(outcome["Files"], 4);
    QCOMPARE(outcome["misses"], 1);
    QCOMPARE(outcome["hits"], 7);
    QCOMPARE(outcome["Bytes"], 7);
    QCOMPARE(outcome["Duplicates"], 0);
}

void tst_WorkerPool::emptyFilesAreNoDuplicates()
{
    const TestTree tree;
    tree.write("one", {});
    tree.write("two", {});
    const Outcome outcome = run({ tree.root() });
    QCOMPARE(outcome["Files"], 2);
    QCOMPARE(outcome["Duplicates"], 0);
}

void tst_WorkerPool::eachFileIsReadOnceByOneWorker()
{
    const TestTree tree;
    for (int i = 0; i < 100; ++i)
        tree.write(QByteArray::number(i), QByteArray::number(i));
    const Outcome outcome = run({ "--workers", "1", tree.root() });
    QCOMPARE(outcome["Look-ups"], 200);
    QCOMPARE(outcome["hits"], 100);
    QCOMPARE(outcome["misses"], 100);
    QCOMPARE(outcome["Bytes"], 190);
}

void tst_WorkerPool::workersFindWhatOthersHaveRead()
{
    const TestTree tree;
    for (int i = 0; i < 1000; ++i)
        tree.write(QByteArray::number(i), QByteArray(10'000, char(i)));
    const QRegularExpression shared("hits +[0-9,]+  ([0-9,]+) read by another worker");
    int sharedHits = 0;
    // On a busy machine one of them may read all, while the others wait for a processor.
    for (int attempt = 0; attempt < 10 && sharedHits == 0; ++attempt) {
        const Outcome outcome = run({ "--workers", "4", tree.root() });
        QCOMPARE(outcome["hits"] + outcome["misses"], 2000);
        QVERIFY(outcome["misses"] >= 1000);
        const auto match = shared.match(QString::fromUtf8(outcome.out));
        QVERIFY(match.hasMatch());
        sharedHits = match.captured(1).remove(',').toInt();
    }
    QVERIFY(sharedHits > 0);
}

void tst_WorkerPool::topLimitsTheListedGroups()
{
    const TestTree tree;
    for (const char *group : { "a", "b", "c" }) {
        tree.write(QByteArray(group) + '1', group);
        tree.write(QByteArray(group) + '2', group);
    }
    QCOMPARE(run({ "--top", "0", tree.root() }).out.count("files of"), 0);
    QCOMPARE(run({ "--top", "2", tree.root() }).out.count("files of"), 2);
    QCOMPARE(run({ "--top", "9", tree.root() }).out.count("files of"), 3);
}

void tst_WorkerPool::linksInACircleAreReported()
{
    const TestTree tree;
    tree.makeDirectory("a");
    tree.makeDirectory("a/b");
    tree.makeDirectory("c");
    tree.write("a/file", "content");
    tree.linkTo("..", "a/b/up");
    tree.linkTo("/", "a/b/top");
    tree.linkTo(".", "self");
    tree.linkTo("pong", "ping");
    tree.linkTo("ping", "pong");
    tree.linkTo("../a", "c/side"); // no circle: just another name
    const Outcome outcome = run({ tree.root() });
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["Files"], 1);
    QCOMPARE(outcome["linked directories"], 1);
    QCOMPARE(outcome["links in a circle"], 5);
    QCOMPARE(outcome["Problems"], 5);
    QCOMPARE(outcome.err.count("links in a circle: "), 5);
}

void tst_WorkerPool::linksToNothingAreReported()
{
    const TestTree tree;
    tree.linkTo("absent", "dangling");
    const Outcome outcome = run({ tree.root() });
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["links to nothing"], 1);
}

void tst_WorkerPool::specialFilesAreNeverOpened()
{
    const TestTree tree;
    QCOMPARE(::mkfifo(tree.path("pipe").constData(), 0644), 0);
    tree.linkTo("pipe", "link");
    tree.linkTo("/dev/zero", "zero");
    const Outcome outcome = run({ tree.root() });
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["special, not opened"], 3);
    QCOMPARE(outcome["Files"], 0);
}

void tst_WorkerPool::namesThatAreNotUtf8AreReadAndReported()
{
    const TestTree tree;
    tree.write("gr\xfcn", "colour");
    tree.write("green", "colour");
    const Outcome outcome = run({ tree.root() });
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["Files"], 2);
    QCOMPARE(outcome["Duplicates"], 1);
    QCOMPARE(outcome["names not in UTF-8"], 1);
    QVERIFY(outcome.err.contains("/gr\\xfcn\n"));
    QVERIFY(outcome.out.contains("/gr\\xfcn\n"));
    QVERIFY(outcome.out.isValidUtf8());
}

void tst_WorkerPool::aRootThatIsNotUtf8IsRead()
{
    const TestTree tree;
    tree.makeDirectory("\xff\xfe");
    tree.write("\xff\xfe/file", "content");
    const Outcome outcome = run({ tree.path("\xff\xfe") });
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["Files"], 1);
}

void tst_WorkerPool::namesCannotDriveTheTerminal()
{
    const TestTree tree;
    tree.write("\x1b[31mred\nline\u009b", "content");
    tree.write("plain", "content");
    const Outcome outcome = run({ tree.root() });
    QCOMPARE(outcome["Duplicates"], 1);
    QVERIFY(!outcome.out.contains('\x1b'));
    QVERIFY(!outcome.out.contains("\u009b"));
    QVERIFY(outcome.out.contains("/\\u1b[31mred\\u0aline\\u9b\n"));
}

void tst_WorkerPool::unreadableFilesAreReported()
{
    const TestTree tree;
    tree.makeDirectory("closed");
    tree.write("closed/inside", "content");
    tree.write("secret", "content");
    tree.write("public", "content");
    QCOMPARE(::chmod(tree.path("secret").constData(), 0), 0);
    QCOMPARE(::chmod(tree.path("closed").constData(), 0), 0);

    loseTheRightsOfRoot();
    const Outcome outcome = run({ tree.root() });
    ::chmod(tree.path("closed").constData(), 0755); // so that it can be removed
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["Files"], 2);
    QCOMPARE(outcome["unreadable"], 2);
    QVERIFY(outcome.err.contains("/secret (Permission denied)\n"));
    QVERIFY(outcome.err.contains("/closed (Permission denied)\n"));
}

void tst_WorkerPool::aTreeOfWhichNothingCanBeReadIsReported()
{
    const TestTree tree;
    tree.write("secret", "content");
    QCOMPARE(::chmod(tree.path("secret").constData(), 0), 0);
    loseTheRightsOfRoot();
    const Outcome outcome = run({ tree.root() });
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["Files"], 1);
    QCOMPARE(outcome["unreadable"], 1);
    QVERIFY(!outcome.out.contains("Median")); // nothing to compare
}

void tst_WorkerPool::pathsTooLongForTheSystemAreReported()
{
    const TestTree tree;
    const QByteArray name(200, 'd');
    const int start = ::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    QVERIFY(start >= 0);
    QCOMPARE(::chdir(tree.root().constData()), 0);
    constexpr int depth = 30; // 6,000 bytes, where PATH_MAX is 4,096
    for (int i = 0; i < depth; ++i) {
        QCOMPARE(::mkdir(name.constData(), 0755), 0);
        QCOMPARE(::chdir(name.constData()), 0);
    }
    const Outcome outcome = run({ tree.root() });
    for (int i = 0; i < depth; ++i) {
        QCOMPARE(::chdir(".."), 0);
        QCOMPARE(::rmdir(name.constData()), 0);
    }
    QCOMPARE(::fchdir(start), 0);
    ::close(start);
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["unreadable"], 1);
}

void tst_WorkerPool::filesThatVanishAreReported()
{
    const TestTree tree;
    tree.writeSparse("first", 2 * gibibyte);
    tree.write("second", "content");
    Program program({ "--workers", "1", tree.root() });
    QTRY_VERIFY_WITH_TIMEOUT(tree.isOpenIn(program, "first"), patience);
    // Stopped, so that it cannot have come to the second when that is removed.
    program.stop();
    QVERIFY(tree.isOpenIn(program, "first"));
    QCOMPARE(::unlink(tree.path("second").constData()), 0);
    program.goOn();
    QTRY_VERIFY_WITH_TIMEOUT(program.hasOutput(), patience);
    program.interrupt(); // the comparison is of no interest
    const Outcome outcome = program.finish();
    QCOMPARE(outcome.exitCode, 130);
    QCOMPARE(outcome["Files"], 2);
    QCOMPARE(outcome["vanished"], 1);
    QVERIFY(outcome.err.contains("/second\n"));
}

void tst_WorkerPool::filesThatChangeAreReported()
{
    const TestTree tree;
    tree.writeSparse("file", 8 * gibibyte);
    Program program({ "--workers", "1", tree.root() });
    // Stopped, so that it cannot have read all of it when it is changed.
    QTRY_VERIFY_WITH_TIMEOUT(tree.isOpenIn(program, "file"), patience);
    program.stop();
    QVERIFY(tree.isOpenIn(program, "file"));
    QCOMPARE(::truncate(tree.path("file").constData(), 0), 0);
    program.goOn();
    const Outcome outcome = program.finish();
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome["changed while read"], 1);
}

void tst_WorkerPool::interruptEndsWithAPartialTable()
{
    const TestTree tree;
    tree.write("a", "content");
    tree.writeSparse("b", 64 * gibibyte); // minutes of reading
    Program program({ "--workers", "2", tree.root() });
    QTRY_VERIFY_WITH_TIMEOUT(tree.isOpenIn(program, "b"), patience);
    program.interrupt();
    const Outcome outcome = program.finish();
    QCOMPARE(outcome.exitCode, 130);
    QCOMPARE(outcome["Files"], 2);
    QCOMPARE(outcome["Problems"], 0);
    QVERIFY(outcome.out.endsWith("\n  interrupted\n"));
}

void tst_WorkerPool::theTableFitsEightyColumns()
{
    const TestTree tree;
    for (int i = 0; i < 50; ++i)
        tree.write(QByteArray::number(i), QByteArray(10'000, 'x'));
    const Outcome outcome = run({ "--top", "0", tree.root() });
    QVERIFY(outcome.out.contains("QHash+QReadWriteLock"));
    QVERIFY(!outcome.out.contains('\x1b'));
    const QList<QByteArray> lines = outcome.out.split('\n');
    for (const QByteArray &line : lines)
        QVERIFY2(line.size() <= 80 && !line.endsWith(' '), line.constData());
}

QTEST_GUILESS_MAIN(tst_WorkerPool)
#include "tst_workerpool.moc"
