using System.Text.RegularExpressions;

namespace ArchiveService.Attachments;

/// <summary>
/// Names of objects: a word for what they are and a uuid. Neither a file name nor a hash of content may stand in one
/// (architecture.md §3), and no key can leave the folder it is kept in.
/// </summary>
public static partial class ObjectKey
{
    public static string Of(string kind, Guid id) => Check($"{kind}/{id:D}");

    public static string Check(string key) => Pattern.IsMatch(key)
        ? key
        : throw new ArgumentException("An object's key is lower-case words and, last, a uuid, with slashes between.", nameof(key));

    internal static bool IsOurs(string key) => Pattern.IsMatch(key);

    [GeneratedRegex(@"\A(?:[a-z][a-z0-9-]{0,62}/){1,3}[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }
}
