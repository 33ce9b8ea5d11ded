using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ArchiveService.Evidence;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Evidence;

/// <summary>
/// The private half of the key that signs checkpoints, as the key file has it now. A change of key writes the next one there first, then the event, then puts it in
/// place of the old one: wherever it stops, what the database names can be signed with.
/// </summary>
public sealed class SigningKeys
{
    private const string Current = "signingKey";
    private const string Coming = "nextSigningKey";
    private const string Handovers = "signingHandovers";

    private readonly string? path;
    private readonly Lock turn = new();
    private byte[] seed;

    public SigningKeys(IKeyProvider provider, string? path) => (seed, this.path) = (provider.SigningKey, path);

    public static SigningKeys From(IConfiguration configuration, Installation installation, IKeyProvider provider) => new(
        provider,
        configuration["Keys:MasterKeyFile"] is { Length: > 0 } given ? given : installation.IsEmbedded ? Path.Combine(installation.DataFolder, "keys.json") : null);

    public byte[] Seed => Volatile.Read(ref seed);

    public NoteSigner Signer(string origin) => new(origin, NoteKeyType.Log, Seed);

    /// <summary>The key that is to take over, made and durable in the key file before anything names it. One that a crash left is taken up again.</summary>
    public NoteSigner Next(string origin) => new(origin, NoteKeyType.Log, Change(file =>
    {
        if (Bytes(file[Coming]) is not { } next) file[Coming] = Convert.ToBase64String(next = RandomNumberGenerator.GetBytes(Ed25519.KeySize));
        return next;
    }));

    /// <summary>Puts the coming key in place of the one before it, and keeps the handover that bridges the two.</summary>
    public void Promote(string handover) => Volatile.Write(ref seed, Change(file =>
    {
        if (Bytes(file[Coming]) is not { } next) return Bytes(file[Current])!;
        file[Current] = Convert.ToBase64String(next);
        file.Remove(Coming);
        if (file[Handovers] is not JsonArray kept) file[Handovers] = kept = [];
        if (!kept.Any(one => string.Equals(one?.GetValue<string>(), handover, StringComparison.Ordinal))) kept.Add((JsonNode)handover);
        return next;
    }));

    /// <summary>Reads the key file again, as after a change of key by the command line; the coming key is put in place when the database already names it.</summary>
    /// <returns>Whether the key in place is now the one named.</returns>
    public bool TakeUp(NoteKey named, string? handover)
    {
        if (path is null) return Signer(named.Name).Key.Equals(named);
        var file = Read();
        if (Bytes(file[Coming]) is { } coming && handover is not null && new NoteSigner(named.Name, NoteKeyType.Log, coming).Key.Equals(named)) Promote(handover);
        else if (Bytes(file[Current]) is { } current) Volatile.Write(ref seed, current);
        return Signer(named.Name).Key.Equals(named);
    }

    /// <summary>The handovers kept in the key file, oldest first: they bridge to a database that came back from before a change of key.</summary>
    public IReadOnlyList<string> Kept() => path is null || Read()[Handovers] is not JsonArray kept ? [] : [.. kept.Select(one => one!.GetValue<string>())];

    private JsonObject Read() => JsonNode.Parse(File.ReadAllBytes(path!))!.AsObject();

    private byte[] Change(Func<JsonObject, byte[]> change)
    {
        lock (turn)
        {
            return path is null ? throw new CannotStart("The signing key is not kept in a key file, so it cannot be changed here.") : KeyFile.Change(path, change);
        }
    }

    private static byte[]? Bytes(JsonNode? node) => node is null ? null : Convert.FromBase64String(node.GetValue<string>());
}
