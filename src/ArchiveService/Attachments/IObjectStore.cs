namespace ArchiveService.Attachments;

/// <summary>
/// Keeps sealed bytes under names that say nothing (<see cref="ObjectKey"/>). An object is written once and never changed.
/// Every operation throws <see cref="ObjectStoreUnavailable"/> when the store cannot be used.
/// </summary>
public interface IObjectStore
{
    /// <summary>Where the objects are, for a message to an operator; never holds a secret.</summary>
    string Where { get; }

    /// <summary>
    /// Stores <paramref name="content"/>, wholly or not at all, holding no more than some 8 MiB of it in memory.
    /// With a <paramref name="length"/>, content of another length is refused. What reading the content throws comes through unchanged.
    /// </summary>
    Task Put(string key, Stream content, long? length, CancellationToken ct);

    /// <summary>Reads the object or a part of it; past its end there is nothing to read. <see cref="ObjectMissing"/> when it is not there.</summary>
    Task<Stream> Read(string key, long from, long? length, CancellationToken ct);

    /// <summary>The stored length, or null when the object is not there.</summary>
    Task<long?> Length(string key, CancellationToken ct);

    /// <summary>
    /// Removes every version, delete marker and unfinished upload under the key, asks again, and returns only when nothing is left.
    /// <see cref="ObjectNotDestroyed"/> when the store keeps something.
    /// </summary>
    Task<Destroyed> DestroyEverything(string key, CancellationToken ct);

    /// <summary>How many versions, delete markers and unfinished uploads there are under the key.</summary>
    Task<int> Remains(string key, CancellationToken ct);

    /// <summary>Every object whose key begins so, in no promised order; also those that nobody here has written.</summary>
    IAsyncEnumerable<StoredObject> List(string prefix, CancellationToken ct);

    /// <summary>Throws away uploads begun before then and never finished (MinIO does not list them and drops them itself after a day).</summary>
    Task<int> AbortUnfinished(DateTimeOffset begunBefore, CancellationToken ct);

    /// <summary>Creates the store where it is absent and shows that it can be written, read, listed and destroyed in; otherwise says why not.</summary>
    Task Probe(CancellationToken ct);
}

public sealed record StoredObject(string Key, long Length);

/// <summary>What was removed: version ids as the store calls them.</summary>
public sealed record Destroyed(
    IReadOnlyList<string> Versions, IReadOnlyList<string> DeleteMarkers, IReadOnlyList<string> UnfinishedUploads)
{
    public bool Nothing => Versions.Count + DeleteMarkers.Count + UnfinishedUploads.Count == 0;
}

/// <summary>The store cannot be used now. The message is written for the operator and holds no content.</summary>
/// <param name="retryable">True when the same request may succeed later without anybody changing the configuration.</param>
public sealed class ObjectStoreUnavailable(string message, bool retryable, Exception? inner = null) : Exception(message, inner)
{
    public bool Retryable => retryable;
}

public sealed class ObjectMissing(string key, string where) : Exception($"There is no object {key} in {where}.")
{
    public string Key => key;
}

/// <summary>The store was asked to destroy and still holds something, or refused: nobody may write that it is gone.</summary>
public sealed class ObjectNotDestroyed(string key, string why, Exception? inner = null)
    : Exception($"Object {key} is not destroyed: {why}", inner)
{
    public string Key => key;
}
