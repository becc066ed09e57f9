// SPDX-License-Identifier: MIT
#include "allocations.h"
#include "companion.h"
#include "findings.h"
#include "handtraits.h"
#include "retiredobject.h"

#include <QtTest/qtest.h>

#include <memory>
#include <vector>

using namespace SyncMapInternal;

namespace {

using TestDomain = Domain<DefaultTraits>;
using Slot = TestDomain::Slot;
using Guard = HeldPin<DefaultTraits>;

constexpr int ManyThreads = 10000;
constexpr int ManyDomains = 1000000;
constexpr int Batch = int(DefaultTraits::batchObjects);

std::unique_ptr<TestDomain> makeDomain()
{
    return std::make_unique<TestDomain>(&RetiredObject::destroy);
}

template <typename Function>
void inThread(Function f)
{
    std::thread(std::move(f)).join();
}

template <typename Traits>
void write(Domain<Traits> &domain, RetiredObject *object = new RetiredObject)
{
    WritePin pin(domain);
    pin.retire(object, 0, 1);
}

} // namespace

// What reclamation itself allocates. Not under a sanitizer: there, malloc() is the sanitizer's own.
class tst_ReclamationMemory : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void retiringAndCollectingAllocateNothing();
    void guardsAllocateNothing();
    void deadDomainsLeaveNothingInAThread();
    void shortThreadsLeaveNothing();
    void domainAndSlotAreSmall();
    void registrationThatRunsOutOfMemoryHasNoEffect();

    void cleanup() { QCOMPARE(RetiredObject::alive(), 0); }
};

void tst_ReclamationMemory::retiringAndCollectingAllocateNothing()
{
    constexpr std::size_t Objects = 1000;
    Domain<DefaultTraits> shipped(&RetiredObject::destroy);
    Domain<HandTraits> domain(&RetiredObject::destroy);
    std::vector<RetiredObject *> objects;
    objects.reserve(4 * Objects);
    for (std::size_t i = 0; i < 4 * Objects; ++i)
        objects.push_back(new RetiredObject);
    shipped.slot(); // the first use of a domain may allocate
    domain.slot();

    const Allocations::Watch watch;
    {
        const HeldPin guard(domain);
        const HeldPin shippedGuard(shipped);
        for (std::size_t i = 0; i < 2 * Objects; i += 2) {
            write(domain, objects[i]);
            write(shipped, objects[i + 1]);
        }
    }
    for (std::size_t i = 2 * Objects; i < 4 * Objects; i += 2) {
        write(domain, objects[i]);
        write(shipped, objects[i + 1]);
    }
    const bool nothingIsLeft = domain.collect() && shipped.collect();
    QCOMPARE(watch.calls(), quint64(0));
    QVERIFY(nothingIsLeft);
}

void tst_ReclamationMemory::guardsAllocateNothing()
{
    std::vector<std::unique_ptr<TestDomain>> domains;
    domains.reserve(100);
    for (int i = 0; i < 100; ++i) {
        domains.push_back(makeDomain());
        domains.back()->slot();
    }
    const Allocations::Watch watch;
    for (int round = 0; round < 10; ++round) {
        for (const auto &domain : domains) {
            const Guard guard(*domain);
            const Guard nested(*domain);
        }
    }
    QCOMPARE(watch.calls(), quint64(0));
}

void tst_ReclamationMemory::deadDomainsLeaveNothingInAThread()
{
    TestDomain longLived(&RetiredObject::destroy);
    Companion other;
    const auto useDomains = [&](int count) {
        for (int i = 0; i < count; ++i) {
            TestDomain domain(&RetiredObject::destroy);
            const Guard guard(domain);
            const Guard another(longLived);
        }
    };
    useDomains(100);
    const qint64 bytes = Allocations::liveBytes;
    useDomains(ManyDomains);
    QVERIFY(Allocations::liveBytes - bytes < 2000);
    // Domains that die in another thread than the one that used them.
    for (int i = 0; i < ManyDomains / 100; ++i) {
        TestDomain domain(&RetiredObject::destroy);
        other.run([&] { const Guard guard(domain); });
    }
    QVERIFY(Allocations::liveBytes - bytes < 4000);
}

void tst_ReclamationMemory::shortThreadsLeaveNothing()
{
    std::vector<std::unique_ptr<TestDomain>> domains;
    domains.reserve(10);
    for (int i = 0; i < 10; ++i)
        domains.push_back(makeDomain());
    const auto useThreads = [&](int count) {
        for (int i = 0; i < count; ++i) {
            inThread([&] {
                for (const auto &domain : domains)
                    write(*domain);
            });
            // One slot, and what is in its limbo.
            QVERIFY(RetiredObject::alive() < Batch * 10);
        }
    };
    useThreads(100);
    const qint64 bytes = Allocations::liveBytes;
    useThreads(ManyThreads / 2);
    QVERIFY(Allocations::liveBytes - bytes < qint64(sizeof(RetiredObject)) * Batch * 10 + 4000);
}

void tst_ReclamationMemory::domainAndSlotAreSmall()
{
    constexpr int Domains = 1000;
    constexpr int Threads = 20;
    std::vector<std::unique_ptr<TestDomain>> domains;
    domains.reserve(Domains);
    const qint64 before = Allocations::liveBytes;
    for (int i = 0; i < Domains; ++i)
        domains.push_back(makeDomain());
    const qint64 withDomains = Allocations::liveBytes;
    QVERIFY((withDomains - before) / Domains <= 512);

    std::vector<std::unique_ptr<Companion>> threads;
    threads.reserve(Threads);
    for (int i = 0; i < Threads; ++i) {
        threads.push_back(std::make_unique<Companion>());
        threads.back()->run([&] {
            for (const auto &domain : domains)
                const Guard guard(*domain);
        });
    }
    QVERIFY((Allocations::liveBytes - withDomains) / Domains / Threads <= 128);
}

void tst_ReclamationMemory::registrationThatRunsOutOfMemoryHasNoEffect()
{
    Findings findings;
    int failures = 0;
    TestDomain first(&RetiredObject::destroy);
    inThread([&] {
        // The C library ends the program if it has no memory for the first destructor of a
        // thread-local object.
        first.slot();
        std::vector<std::unique_ptr<TestDomain>> domains;
        domains.reserve(50);
        for (int i = 0; i < 50; ++i) {
            domains.push_back(makeDomain());
            const Slot *slot = nullptr;
            for (int passing = 0; !slot; ++passing) {
                const Allocations::Failing failing(passing);
                try {
                    slot = &domains.back()->slot();
                    findings.expect(!failing.happened(), "an allocation failed unnoticed");
                } catch (const std::bad_alloc &) {
                    ++failures;
                }
            }
            findings.expect(!slot->next, "a failed attempt has left a slot behind");
            for (const auto &domain : domains) {
                const Guard guard(*domain);
                findings.expect(domain->isPinned(), "the slot is another domain's");
            }
        }
    });
    QVERIFY2(findings.isEmpty(), findings.first());
    QVERIFY(failures >= 50); // a slot each, and tables
}

QTEST_GUILESS_MAIN(tst_ReclamationMemory)
#include "tst_reclamationmemory.moc"
