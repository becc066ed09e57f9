// SPDX-License-Identifier: MIT
#pragma once

#include <SyncMap/private/cache/core/cachecore_restore.h>
#include <SyncMap/private/cache/errors.h>
#include <SyncMap/private/cache/file/file.h>
#include <SyncMap/private/cache/loading/loading.h>
#include <SyncMap/private/reclamation/tenure.h>

#include <QtCore/qscopeguard.h>

#include <functional>
#include <memory>
#include <utility>

namespace SyncMapInternal {
inline namespace SYNCMAP_ABI {

// The saving or restoring of a cache, in a thread of its loaders' pool, or in one that waits for it.
// A cache that ends saves first, and restores no more.
template <typename Core>
class FileWork : public AskedLoad<bool>
{
public:
    using Work = std::function<SyncCacheError(Core &)>;
    using Told = std::function<void(const SyncCacheError &)>;
    enum class AtEnd : quint8 { Finish, Drop };

    FileWork(std::shared_ptr<Tenure<Core>> tenure, AtEnd atEnd, Work work, Told told)
        : m_tenure(std::move(tenure)),
          m_atEnd(atEnd),
          m_work(std::move(work)),
          m_told(std::move(told))
    {
    }
    Q_DISABLE_COPY_MOVE(FileWork)
    ~FileWork() override = default;

    void run() noexcept override
    {
        const typename Tenure<Core>::Use core(*m_tenure);
        const auto kept =
                core ? core->weak_from_this().lock() : nullptr; // who is told may destroy it
        if (!core)
            return end(SyncCacheError(SyncCacheError::CacheDestroyed));
        runWith(*core);
    }
    void fail(const SyncCacheError &why) noexcept override
    {
        const typename Tenure<Core>::Use core(*m_tenure);
        const auto kept = core ? core->weak_from_this().lock() : nullptr;
        if (core && why.code() == SyncCacheError::CacheDestroyed && m_atEnd == AtEnd::Finish)
            return runWith(*core);
        const LoaderFrame frame(owner()); // continuations run here
        if (core) {
            core->fileError.set(why);
            core->loads.wasDone();
        }
        end(why);
        if (core)
            core->loads.ended(*this);
    }
    bool mayBeTooMuch() const noexcept override { return false; }
    const void *owner() const noexcept override { return m_tenure->identity(); }
    // Whoever has cancelled has cancelled his future; what is saved is saved.
    void leftBySomebody() noexcept override { }

    static QFuture<bool> start(const std::shared_ptr<Core> &core, AtEnd atEnd, Work work, Told told)
    {
        const auto asker = std::make_shared<FutureAsker<bool>>();
        const auto itself = std::make_shared<FileWork>(core->loads.tenure(), atEnd, std::move(work),
                                                       std::move(told));
        asker->setLoad(itself);
        itself->join(asker);
        auto undo = qScopeGuard([&] { (void)itself->leave(*asker); });
        core->loads.start(itself);
        undo.dismiss();
        asker->park();
        return asker->future();
    }

private:
    void runWith(Core &core) noexcept
    {
        const LoaderFrame frame(owner()); // values are written and read, and continuations run
        SyncCacheError error;
        if (const SyncCacheError thrown = guarded([&] { error = m_work(core); }))
            error = thrown;
        core.fileError.set(error);
        core.loads.wasDone(); // whoever is told may end the cache
        end(error);
        core.loads.ended(*this);
    }
    void end(const SyncCacheError &error) noexcept
    {
        Askers<bool> askers = this->closeAskers();
        setEnded();
        m_work = nullptr; // with what it watches; a future may live for long
        if (const Told told = std::exchange(m_told, nullptr))
            (void)guarded([&] { told(error); });
        askers.tell({ !error.isError(), {} });
    }

    const std::shared_ptr<Tenure<Core>> m_tenure;
    const AtEnd m_atEnd;
    Work m_work;
    Told m_told;
};

template <typename Core>
QFuture<bool> saveCache(const std::shared_ptr<Core> &core, const QString &fileName,
                        std::function<void(const SyncCacheError &)> told = nullptr)
{
    using Work = FileWork<Core>;
    return Work::start(
            core, Work::AtEnd::Finish,
            [fileName](Core &itsCore) { return saveEntries(itsCore, fileName); }, std::move(told));
}

template <typename Core>
QFuture<bool> restoreCache(const std::shared_ptr<Core> &core, const QString &fileName,
                           std::function<void(const SyncCacheError &)> told = nullptr)
{
    using Work = FileWork<Core>;
    const auto watch = std::make_shared<RestoreWatch<Core>>(*core);
    return Work::start(
            core, Work::AtEnd::Drop,
            [fileName, watch](Core &itsCore) { return restoreEntries(itsCore, fileName, *watch); },
            std::move(told));
}

// A function of the user's, in the thread of his context.
template <typename Function>
std::function<void(const SyncCacheError &)> toldIn(QObject *context, Function f)
{
    constexpr auto here = "SyncCache::save() or restore()";
    if (isMissing(context, here, "a context") || isMissing(!isEmptyFunction(f), here, "a function"))
        return nullptr;
    if constexpr (!std::is_null_pointer_v<Function>) {
        const auto courier = std::make_shared<Courier>(context);
        const auto shared = std::make_shared<Function>(std::move(f));
        return [courier, shared](const SyncCacheError &error) {
            // The courier goes with its function: it must live until that has run.
            courier->post([courier, shared, error] { callBack(*shared, error); });
        };
    } else {
        return nullptr;
    }
}

} // namespace SYNCMAP_ABI
} // namespace SyncMapInternal
