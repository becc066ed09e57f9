// SPDX-License-Identifier: MIT
#include "findings.h"
#include "retiredobject.h"
#include "seed.h"
#include "testtraits.h"
#include "threads.h"

#include <QtTest/qtest.h>

#include <array>
#include <random>

using namespace SyncMapInternal;

namespace {

quint64 seed = 0;

constexpr int Steps = SYNCMAP_SANITIZED ? 10000 : 200000;

bool isAsymmetric()
{
    return processFenceMode() == FenceMode::Asymmetric;
}

template <FenceMode Mode>
struct StressTraits : TestTraits<StressTraits<Mode>>
{
    static FenceMode fenceMode() noexcept { return Mode; }
};

// What the writers publish: two numbers that belong together, and that are overwritten when the
// object is destroyed, so that a reader that comes too late cannot believe them, and so that
// ThreadSanitizer sees a write.
class Published : public Retired, public Instances<Published>
{
public:
    explicit Published(quint64 number) : m_number(number), m_inverse(~number) { }

    bool isWhole() const { return m_number == ~m_inverse; }

    static void destroy(Retired *retired, unsigned)
    {
        auto *const published = static_cast<Published *>(retired);
        // Volatile: the compiler would drop a store to an object that is about to end.
        *const_cast<volatile quint64 *>(&published->m_number) = 0;
        *const_cast<volatile quint64 *>(&published->m_inverse) = 0;
        delete published;
    }

private:
    quint64 m_number;
    quint64 m_inverse;
};

// A few pointers that readers follow while writers replace what they lead to.
template <typename Traits>
class Board
{
public:
    Board()
    {
        for (auto &cell : m_cells)
            cell.store(new Published(0), std::memory_order_relaxed);
    }
    ~Board()
    {
        for (auto &cell : m_cells)
            delete cell.load(std::memory_order_relaxed);
    }
    Q_DISABLE_COPY_MOVE(Board)

    void replace(std::size_t index, quint64 number)
    {
        auto *const fresh = new Published(number);
        WritePin pin(domain);
        pin.retire(cell(index).exchange(fresh, std::memory_order_acq_rel), 0, sizeof(Published));
    }

    const Published *at(std::size_t index) { return cell(index).load(std::memory_order_acquire); }

    Domain<Traits> domain { &Published::destroy };

private:
    std::atomic<Published *> &cell(std::size_t index) { return m_cells[index % m_cells.size()]; }

    std::array<std::atomic<Published *>, 3> m_cells;
};

// Readers and writers in threads of their own. A thread does so many things and is then followed by
// a new one.
template <typename Traits>
void stress(int steps, int stepsOfAThread)
{
    Findings findings;
    {
        Board<Traits> board;
        const auto read = [&](std::mt19937_64 &random) {
            const HeldPin outer(board.domain);
            const Published *const first = board.at(random());
            findings.expect(first->isWhole(), "a reader followed a pointer to nowhere");
            if (random() % 4 == 0) {
                const ReadPin inner(board.domain);
                const Published *const second = board.at(random());
                findings.expect(second->isWhole(), "a nested reader did");
            }
            findings.expect(first->isWhole(), "an object went under its reader");
        };
        const auto write = [&](std::mt19937_64 &random) {
            board.replace(random(), random());
            if (random() % 64 == 0)
                board.domain.collect();
        };
        runInThreads(4, [&](int role) {
            std::mt19937_64 random(seed + quint64(role));
            for (int done = 0; done < steps && findings.isEmpty(); done += stepsOfAThread) {
                std::thread([&] {
                    for (int i = 0; i < stepsOfAThread; ++i) {
                        if (role % 2 == 0)
                            read(random);
                        else
                            write(random);
                    }
                }).join();
            }
        });
        QVERIFY2(findings.isEmpty(), findings.first());
        QVERIFY(board.domain.collect());
    }
    QCOMPARE(Published::alive(), 0);
}

} // namespace

class tst_ReclamationStress : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readersFollowWhatWritersReplace()
    {
        if (isAsymmetric())
            stress<StressTraits<FenceMode::Asymmetric>>(Steps, Steps);
        stress<StressTraits<FenceMode::Symmetric>>(Steps, Steps);
    }

    void threadsComeAndGoMeanwhile()
    {
        if (isAsymmetric())
            stress<StressTraits<FenceMode::Asymmetric>>(Steps / 5, 50);
        stress<StressTraits<FenceMode::Symmetric>>(Steps / 5, 50);
    }

    void shippedTraitsDoTheSame()
    {
        stress<DefaultTraits>(Steps / 2, Steps / 2);
        stress<DefaultTraits>(Steps / 5, 50);
    }
};

int main(int argc, char **argv)
{
    seed = takeSeed(argc, argv);
    QCoreApplication application(argc, argv);
    tst_ReclamationStress test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_reclamationstress.moc"
