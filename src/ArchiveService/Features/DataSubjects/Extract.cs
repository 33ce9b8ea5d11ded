using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ArchiveService.Features.DataSubjects;

public sealed record ExtractName(DateTimeOffset From, string? Name, string? Handle);

public sealed record ExtractBlock(DateTimeOffset From, DateTimeOffset? Until);

public sealed record ExtractAccount(Guid Id, string Platform, string? Channel, IReadOnlyList<ExtractName> Names, IReadOnlyList<ExtractBlock> Blocked, string Reason);

public sealed record ExtractVersion(DateTimeOffset At, string? Text, string? Name, string? Handle, string? Address);

public sealed record ExtractFile(string? Name, string MediaType, long Bytes);

/// <summary>Something that was done with a record, or to whom it went.</summary>
public sealed record ExtractAct(DateTimeOffset At, string Said);

/// <summary>What the authority wrote to the person; other people in it are masked.</summary>
public sealed record ExtractReply(Guid Id, DateTimeOffset At, string? Text);

public sealed record ExtractRecord(
    Guid Id, string Kind, string Platform, string? Channel, DateTimeOffset ReceivedAt, DateTimeOffset? DestroyedAt, string? DiaryNumber, string? Subject, string Retention, string Source,
    IReadOnlyList<ExtractVersion> Versions, IReadOnlyList<ExtractFile> Files, IReadOnlyList<ExtractAct> Acts, IReadOnlyList<ExtractAct> Recipients, IReadOnlyList<ExtractReply> Replies, IReadOnlyList<string> Supplements,
    long Reactions);

/// <summary>Somebody else's item that names the account: that there is one, and where; what it says is theirs.</summary>
public sealed record ExtractMention(DateTimeOffset At, string Kind, string Platform, string? Channel, string? Text);

public sealed record ExtractCase(Guid Id, string DiaryNumber, string? Title, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, string Why);

public sealed record ExtractText(string Point, string Heading, string Text);

/// <summary>Registerutdrag: everything about one person at one authority, as it stood when it was made.</summary>
/// <param name="Withheld">Records that secrecy keeps out until they have been examined, or because they have.</param>
public sealed record Extract(
    string Form, string Number, string Authority, string AuthorityName, DateTimeOffset MadeAt, string? Name, IReadOnlyList<ExtractText> Information, IReadOnlyList<ExtractAccount> Accounts,
    IReadOnlyList<ExtractRecord> Records, IReadOnlyList<ExtractMention> Mentions, IReadOnlyList<ExtractCase> Cases, IReadOnlyList<ExtractAct> Earlier, int Withheld)
{
    public const string FormName = "archiveservice/register-extract/v1";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>What stood behind a wall and was read for it.</summary>
    [JsonIgnore]
    public IReadOnlyList<(Guid Record, string Wall)> Opened { get; init; } = [];

    /// <summary>Marks that nobody has decided about: masked.</summary>
    [JsonIgnore]
    public int Undecided { get; init; }

    /// <summary>What the person sent along, to be packed with it.</summary>
    [JsonIgnore]
    public IReadOnlyList<OwnFile> OwnFiles { get; init; } = [];

    /// <summary>The machine-readable copy (art. 15.3).</summary>
    [JsonIgnore]
    public byte[] Json => JsonSerializer.SerializeToUtf8Bytes(this, Options);
}
