<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1">
<context>
    <name>SyncCacheEntry</name>
    <message>
        <source>the write was canceled</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SyncCacheError</name>
    <message>
        <source>%1 holds entries of other types</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 does not hold entries of this kind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 goes on after its end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a key or value could not be written to %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is not a file of a SyncCache</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 has version %2, and this program knows version %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is cut short, or goes on after its end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is damaged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is no such thing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the load would have waited for itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the load failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the load was canceled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the cache has been destroyed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the load takes longer than its caller waits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the file could not be read or written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the file is damaged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the cache cannot keep the value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the write has failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>out of memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the key is not in the cache, and no loader is set</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the loader ended without an answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the context of the loader has gone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not modified, but the old value has gone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>too many loaders run one within another</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>something was thrown that is no std::exception</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SyncCacheModel</name>
    <message>
        <source>Null</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Status</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SyncCacheObject</name>
    <message>
        <source>The loader has gone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the text is no %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the map has been destroyed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it does not fit into the cache</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is no cache yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only a SyncCache whose keys and values have operators for QDataStream can be saved and restored</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is no local file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the loader failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The loader&apos;s engine has gone.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
