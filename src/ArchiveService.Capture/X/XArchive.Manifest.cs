using System.Globalization;
using System.Text.Json;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.X;

/// <summary>What the archive says of itself: its lists, and whose it is.</summary>
public sealed partial class XArchive
{
    private static async Task<(Dictionary<string, long> Declared, bool IsPartial)> Manifest(ExportFiles files, CancellationToken ct)
    {
        var declared = new Dictionary<string, long>(StringComparer.Ordinal);
        var isPartial = false;
        foreach (var path in files.Paths.Where(path => path == "manifest.js" || path.EndsWith("/manifest.js", StringComparison.Ordinal)))
        {
            if (await Whole(files, path, MaxManifestBytes, ct) is not { } bytes) continue;
            try
            {
                using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = CaptureLimits.MaxDepth, AllowTrailingCommas = true });
                if (json.RootElement.ValueKind != JsonValueKind.Object) continue;
                var manifest = JsonFields.Of(json.RootElement);
                isPartial |= manifest.Object("archiveInfo").Truth("isPartialArchive") == true;
                foreach (var (_, type) in manifest.Object("dataTypes").All.Where(type => type.Value.ValueKind == JsonValueKind.Object))
                {
                    foreach (var file in JsonFields.Of(type).Many("files").Where(file => file.ValueKind == JsonValueKind.Object).Select(JsonFields.Of))
                    {
                        if (file.Id("fileName") is { } name && long.TryParse(file.Id("count"), CultureInfo.InvariantCulture, out var count)) declared[name] = count;
                    }
                }
            }
            catch (JsonException)
            {
                files.Note(ExportProblemCodes.FileBroken, "manifest.js cannot be read; how much there should be is not known.");
            }
        }

        return (declared, isPartial);
    }

    private static async Task<ActAuthor?> Account(ExportFiles files, List<(string Path, string Kind)> known, CancellationToken ct)
    {
        foreach (var (path, _) in known.Where(file => file.Kind == "account"))
        {
            if (await Whole(files, path, CaptureLimits.MaxLineBytes, ct) is not { } bytes) continue;
            try
            {
                using var json = JsonDocument.Parse(bytes);
                if (json.RootElement.ValueKind != JsonValueKind.Array || json.RootElement.GetArrayLength() == 0 || json.RootElement[0].ValueKind != JsonValueKind.Object) continue;
                var account = JsonFields.Of(json.RootElement[0]).Object("account");
                if (account.Id("accountId") is { } id) return new ActAuthor(id, account.Id("accountDisplayName"), account.Id("username"), ClaimsOwnChannel: true, null);
            }
            catch (JsonException)
            {
                // Told when it is read.
            }
        }

        files.Note(ArchiveProblemCodes.ActorMissing, "There is no readable account.js; who the archive belongs to is not known.");
        return null;
    }

    /// <summary>A small script's value, without the assignment before it.</summary>
    private static async Task<byte[]?> Whole(ExportFiles files, string path, int limit, CancellationToken ct)
    {
        try
        {
            await using var stream = files.OpenMedia(path);
            if (stream is null) return null;
            var bytes = new byte[limit];
            var length = await stream.ReadAtLeastAsync(bytes, limit, throwOnEndOfStream: false, ct);
            var script = bytes.AsSpan(0, length);
            var begin = script.IndexOf((byte)'=') + 1;
            return script[begin..].Trim("\uFEFF \t\r\n;"u8).ToArray();
        }
        catch (Exception damage) when (damage is ArchiveLimitException || ArchiveFiles.IsDamage(damage))
        {
            return null;
        }
    }
}
