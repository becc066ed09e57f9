// SPDX-License-Identifier: MIT
#include <SyncMap/private/object/news/news.h>

#include <QtCore/qcoreapplication.h>
#include <QtCore/qthread.h>
#include <QtTest/qtest.h>

#include <atomic>
#include <thread>
#include <vector>

using SyncMapInternal::NewsBell;

namespace {

// Is called, and does not answer by itself.
class Receiver : public QObject
{
public:
    int calls = 0;

    bool event(QEvent *event) override
    {
        if (event->type() != NewsBell::eventType())
            return QObject::event(event);
        ++calls;
        return true;
    }
};

} // namespace

class tst_NewsBell : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void callsOnceHoweverOftenItIsRung();
    void callsAgainAfterAnAnswer();
    void ringsOfManyThreadsAreOneCall();
    void isSilentOnceClosed();
    void callIsMadeInTheReceiversThread();
};

void tst_NewsBell::callsOnceHoweverOftenItIsRung()
{
    Receiver receiver;
    NewsBell bell(&receiver);
    for (int i = 0; i < 1000; ++i)
        bell.ring();
    QCOMPARE(receiver.calls, 0); // not by the one who rings
    QCoreApplication::sendPostedEvents();
    QCOMPARE(receiver.calls, 1);
    bell.ring();
    QCoreApplication::sendPostedEvents();
    QCOMPARE(receiver.calls, 1);
}

void tst_NewsBell::callsAgainAfterAnAnswer()
{
    Receiver receiver;
    NewsBell bell(&receiver);
    for (int i = 1; i <= 3; ++i) {
        bell.ring();
        QCoreApplication::sendPostedEvents();
        QCOMPARE(receiver.calls, i);
        bell.answer();
    }
    // An answer before the call has come: there may be news that was put down since.
    bell.ring();
    bell.answer();
    bell.ring();
    QCoreApplication::sendPostedEvents();
    QCOMPARE(receiver.calls, 5);
}

void tst_NewsBell::ringsOfManyThreadsAreOneCall()
{
    Receiver receiver;
    NewsBell bell(&receiver);
    for (int round = 1; round <= 200; ++round) {
        std::atomic<int> ready { 0 };
        std::vector<std::thread> threads;
        for (int i = 0; i < 2; ++i) {
            threads.emplace_back([&] {
                ++ready;
                while (ready.load() < 2) {
                }
                bell.ring();
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QCoreApplication::sendPostedEvents();
        QCOMPARE(receiver.calls, round);
        bell.answer();
    }
}

void tst_NewsBell::isSilentOnceClosed()
{
    Receiver receiver;
    NewsBell bell(&receiver);
    bell.close();
    bell.ring();
    bell.answer();
    bell.ring();
    QCoreApplication::sendPostedEvents();
    QCOMPARE(receiver.calls, 0);
}

void tst_NewsBell::callIsMadeInTheReceiversThread()
{
    class Where : public QObject
    {
    public:
        std::atomic<QThread *> thread { nullptr };

        bool event(QEvent *event) override
        {
            if (event->type() != NewsBell::eventType())
                return QObject::event(event);
            thread = QThread::currentThread();
            return true;
        }
    };
    QThread other;
    Where receiver;
    NewsBell bell(&receiver);
    receiver.moveToThread(&other);
    other.start();
    bell.ring();
    QTRY_COMPARE(receiver.thread.load(), &other);
    other.quit();
    QVERIFY(other.wait());
}

QTEST_GUILESS_MAIN(tst_NewsBell)
#include "tst_newsbell.moc"
