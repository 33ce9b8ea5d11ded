namespace ArchiveService.Sealing;

/// <summary>Cryptography of many events at once: it is the longer part of their append, and the server waits meanwhile.</summary>
internal static class OnEveryCore
{
    // Below this handing the work out costs more than it gains.
    private const int Pays = 16;

    public static void For(int count, Action<int> each)
    {
        // Where others wait for a core, each does its own.
        if (count >= Pays && ThreadPool.PendingWorkItemCount == 0)
        {
            Parallel.For(0, count, each);
            return;
        }

        for (var n = 0; n < count; n++) each(n);
    }
}
