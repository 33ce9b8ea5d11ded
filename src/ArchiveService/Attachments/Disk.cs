using System.Runtime.InteropServices;

namespace ArchiveService.Attachments;

/// <summary>What .NET has no call for: making a folder's own entries durable, and the error numbers of a disk.</summary>
internal static class Disk
{
    // Linux errno, which .NET hands on as HResult.
    internal const int NoSpace = 28;
    internal const int ReadOnly = 30;
    internal const int QuotaReached = 122;

    private const int CloseOnExec = 0x80000;

    /// <summary>After a rename or an unlink: without this a power cut may bring back the name that was removed.</summary>
    internal static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var file = Open(folder, CloseOnExec);
        if (file < 0)
            throw Failed(folder);
        try
        {
            if (Sync(file) != 0)
                throw Failed(folder);
        }
        finally
        {
            _ = Close(file);
        }
    }

    private static IOException Failed(string folder)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{folder}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int file);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int file);
}
