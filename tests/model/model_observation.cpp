// SPDX-License-Identifier: MIT
#include "modelmap.h"

using namespace Model;

namespace {

// Knows what it was told. Made and destroyed visibly: who is not ordered after its beginning and
// before its end has used what is not there.
template <typename Key>
class Told final : public SyncMapInternal::MapObserver<Key>
{
public:
    Told() : m_content(1) { }
    Q_DISABLE_COPY_MOVE(Told)
    ~Told() override { m_content(RL_INFO).store(-1); }

    bool of(int number) const { return m_changed[number]; }
    bool ofTheEnd() const { return m_cleared; }

    void changed(const Key &key, quint64, SyncMapInternal::MapChange) noexcept override
    {
        Model::step();
        RL_ASSERT(m_content(RL_INFO).load() == 1);
        for (int number = 1; number < Count; ++number)
            m_changed[number] |= key == Key(number);
    }
    void cleared() noexcept override
    {
        RL_ASSERT(m_content(RL_INFO).load() == 1);
        m_cleared = true;
    }
    void anyChanged() noexcept override { }
    void closing() noexcept override { }

private:
    static constexpr int Count = 64;

    rl::var<int> m_content;
    bool m_changed[Count] = {}; // threads of a model take turns
    bool m_cleared = false;
};

// Who attaches an observer, and reads afterwards, has read each write, or the observer is told of it.
template <typename Storage>
struct Attaching : Map<Attaching<Storage>, 3, Storage>
{
    std::shared_ptr<Told<typename Storage::Key>> observer;
    int first = Absent;
    int second = Absent;

    void before() { this->insert(1, 1); }
    void work(unsigned index)
    {
        switch (index) {
        case 0:
            observer = std::make_shared<Told<typename Storage::Key>>();
            this->engine.attach(observer);
            first = this->find(1);
            second = this->find(2);
            break;
        case 1:
            this->insert(1, 2);
            break;
        default:
            this->insert(2, 2);
        }
    }
    void finish()
    {
        RL_ASSERT(first == 2 || observer->of(1));
        RL_ASSERT(second == 2 || observer->of(2));
    }
};

// The same for removing and for clearing.
template <typename Storage>
struct AttachingBesideTheEnd : Map<AttachingBesideTheEnd<Storage>, 3, Storage>
{
    std::shared_ptr<Told<typename Storage::Key>> observer;
    int first = Absent;
    int second = Absent;

    void before()
    {
        this->insert(1, 1);
        this->insert(2, 1);
    }
    void work(unsigned index)
    {
        switch (index) {
        case 0:
            observer = std::make_shared<Told<typename Storage::Key>>();
            this->engine.attach(observer);
            first = this->find(1);
            second = this->find(2);
            break;
        case 1:
            this->remove(1);
            break;
        default:
            this->engine.clear();
        }
    }
    void finish()
    {
        RL_ASSERT(first == Absent || observer->of(1) || observer->ofTheEnd());
        RL_ASSERT(second == Absent || observer->ofTheEnd());
    }
};

// The same while the shard of the writers splits: its halves have locks of their own, which hand the
// observer on.
template <typename Storage>
struct AttachingBesideASplit : SplittingMap<AttachingBesideASplit<Storage>, Storage>
{
    std::shared_ptr<Told<typename Storage::Key>> observer;
    int low = Absent;
    int high = Absent;

    void before()
    {
        this->fill();
        this->meet(this->keys[0], 63);
    }
    void work(unsigned index)
    {
        switch (index) {
        case 0:
            observer = std::make_shared<Told<typename Storage::Key>>();
            this->engine.attach(observer);
            low = this->find(this->keys[0]);
            high = this->find(this->keys[2]);
            break;
        case 1:
            this->contend();
            this->insert(this->keys[0], 2);
            break;
        default:
            this->insert(this->keys[2], 2);
        }
    }
    void finish()
    {
        RL_ASSERT(this->engine.counters().splits.load(std::memory_order_relaxed) == 1);
        RL_ASSERT(low == 2 || observer->of(this->keys[0]));
        RL_ASSERT(high == 2 || observer->of(this->keys[2]));
    }
};

// An observer that is detached, and let go by everybody else, lives as long as a writer tells it.
template <typename Storage>
struct Detaching : Map<Detaching<Storage>, 2, Storage>
{
    std::shared_ptr<Told<typename Storage::Key>> observer;

    void before()
    {
        observer = std::make_shared<Told<typename Storage::Key>>();
        this->engine.attach(observer);
    }
    void work(unsigned index)
    {
        if (index == 0) {
            this->engine.detach(observer.get());
            observer.reset();
        } else {
            this->insert(1, 1);
            this->insert(1, 2);
        }
    }
};

} // namespace

int main(int argc, char **argv)
{
    Model::Selection::take(argc, argv);

    mustHold<Attaching, Nodes>("attach beside writers");
    mustHold<Attaching, InPlace>("attach beside writers, in place");
    mustHold<Attaching, InTables>("attach beside writers, in tables");
    mustHold<AttachingBesideTheEnd, Nodes>("attach beside a removal and clear");
    mustHold<AttachingBesideTheEnd, InTables>("attach beside a removal and clear, in tables");
    mustHold<AttachingBesideASplit, Nodes>("attach beside a split");
    mustHold<AttachingBesideASplit, InTables>("attach beside a split, in tables");
    mustHold<Detaching, Nodes>("detach beside a writer");
    mustHold<Detaching, InTables>("detach beside a writer, in tables");

    mustFind<Attaching, Nodes>(Plant::NoShardLock, "attach beside writers");
    mustFind<Attaching, InTables>(Plant::NoShardLock, "attach beside writers, in tables");
    mustFind<Attaching, Nodes>(Plant::RelaxedObserversStore, "attach beside writers");
    mustFind<Attaching, Nodes>(Plant::RelaxedObserversLoad, "attach beside writers");
    mustFind<AttachingBesideASplit, Nodes>(Plant::RelaxedObserversLoad, "attach beside a split");
    mustFind<Detaching, Nodes>(Plant::NoGracePeriod, "detach beside a writer");
    mustFind<Detaching, InTables>(Plant::NoGracePeriod, "detach beside a writer, in tables");
    return Model::Selection::finish();
}
