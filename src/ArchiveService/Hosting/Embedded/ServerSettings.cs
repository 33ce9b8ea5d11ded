namespace ArchiveService.Hosting.Embedded;

/// <summary>How the embedded server is run; given on its command line, so that every start uses this build's values.</summary>
internal static class ServerSettings
{
    public static IEnumerable<string> For(string socketFolder, bool throwaway) =>
        Always(socketFolder).Concat(throwaway ? Throwaway : Lasting).SelectMany(setting => new[] { "-c", $"{setting.Name}={setting.Value}" });

    private static IEnumerable<(string Name, string Value)> Always(string socketFolder) =>
    [
        ("listen_addresses", ""),
        ("port", "5432"),
        ("unix_socket_directories", socketFolder),
        ("unix_socket_permissions", "0700"),
        ("password_encryption", "scram-sha-256"),

        // The hole-safe reader rests on locks that end with their session (event-store.md §3).
        ("max_prepared_transactions", "0"),
        ("idle_in_transaction_session_timeout", "10min"),

        // A person's text may not reach the log: no statements, no parameters, no details, and no errors, which quote the value they refuse.
        ("log_min_messages", "log"),
        ("log_min_error_statement", "panic"),
        ("log_error_verbosity", "terse"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
        ("log_statement", "none"),
        ("log_min_duration_statement", "-1"),
        ("log_autovacuum_min_duration", "-1"),
        ("log_checkpoints", "off"),
        ("log_lock_waits", "off"),
        ("log_line_prefix", "%m [%p] "),
        ("lc_messages", "C"),

        // Old write-ahead log is removed after a checkpoint, not kept under a new name with its content.
        ("wal_recycle", "off"),
        ("min_wal_size", "32MB"),
        ("wal_keep_size", "0"),

        ("jit", "off"),
        ("timezone", "UTC"),
    ];

    private static readonly (string Name, string Value)[] Lasting =
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("shared_buffers", "256MB"),
        ("max_connections", "140"),
        ("max_wal_size", "1GB"),
    ];

    private static readonly (string Name, string Value)[] Throwaway =
    [
        ("fsync", "off"),
        ("full_page_writes", "off"),
        ("synchronous_commit", "off"),

        // Making and dropping a database looks through all of it, and a test does so more often than it reads.
        ("shared_buffers", "64MB"),
        ("max_connections", "400"),
        ("autovacuum_naptime", "10min"),
    ];
}
