using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.Tests.Contracts;

/// <summary>
/// What stands in <c>mt_events.type</c> and <c>mt_events.data</c>, a line per event type and form. Lines are only ever added: a stored event is
/// there for ever. An event that must say something else gets a new type with a stored name of its own (<c>…_v2</c>) and a line of its own.
/// </summary>
internal static class StoredEventLines
{
    private static readonly Guid A = new("0195aaaa-0000-7000-8000-00000000000a");
    private static readonly Guid B = new("0195aaaa-0000-7000-8000-00000000000b");
    private static readonly Guid C = new("0195aaaa-0000-7000-8000-00000000000c");
    private static readonly DateTimeOffset At = new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.FromHours(1)).AddMicroseconds(123456);

    private static readonly ObservedAct Act = new("b3c4", At, At, Certainty.Observed, ActingParty.Author, ["unknown-kind"], C);
    private static readonly ObservedAct ActUndated = new("b3c4", null, null, Certainty.Inferred, ActingParty.OwnChannel, [], null);
    private static readonly TakenDown Decision = new(["hets"], false, true, C, 4);
    private static readonly Sealed Seal = new(1, "A256GCM", B, "e3b0", new Dictionary<string, string>(StringComparer.Ordinal) { ["author.displayName"] = "ab12", ["text"] = "cd34" });

    public static IReadOnlyList<(object Event, string Name, string Json)> All { get; } =
    [
        (new AuthorityEstablished("bun", "Barn- och utbildningsnämnden", "norrkoping"), "", ""),
        (new PolicyAdopted(4, "Barn- och utbildningsnämnden", "norrkoping", new Dictionary<string, string>(StringComparer.Ordinal) { ["disposal.coolingOffDays"] = "7" }, "BUN 2026/1"), "", ""),
        (new PolicyAdopted(1, "Namn", "custom", new Dictionary<string, string>(StringComparer.Ordinal), null), "", ""),

        (new ChannelRegistered(A, "facebook", [B], C, 4), "", ""),
        (new ChannelClosed(At, 4), "", ""),
        (new ChannelAccessLost(At, "b3c4", C), "", ""),
        (new ChannelAccessLost(null, "b3c4", null), "", ""),

        (new AccountSeen(A, B, "facebook", false, "b3c4", At, C), "", ""),
        (new AccountSeen(A, B, "facebook", true, "b3c4", null, null), "", ""),
        (new AccountDisposed(A, At), "", ""),

        (new DeliveryReceived("facebook", "webhook", A, "valid", 9007199254740991, B), "", ""),
        (new DeliveryReceived("mastodon", "import", null, "none", 0, null), "", ""),
        (new DeliveryProcessed(1, 2, 3, 4, 5, ["line-too-long"]), "", ""),
        (new DeliveryFailed("not-json", 8), "", ""),
        (new DeliveryDiscarded("not-ours"), "", ""),
        (new DeliveryDisposed(A, At), "", ""),

        (new ItemCaptured(
            A, B, "facebook", 1, ItemKind.Comment, Direction.Received, Audience.Public, C, A, B, C, "comment", Wall.Unassessed,
            true, true, "b3c4", TextFormat.Plain, [new(A)], At, Act, 4) { Sealed = Seal }, "", ""),
        (new ItemCaptured(
            A, B, "mastodon", 2, ItemKind.Unknown, Direction.Undetermined, Audience.Unpublished, null, null, null, null, "unknown", Wall.Open,
            false, false, "b3c4", TextFormat.Html, [], null, ActUndated, 4), "", ""),
        (new ItemEdited("b3c4", TextFormat.Html, [new(A)], Act) { Sealed = Seal }, "", ""),
        (new ItemHidden(ActedBy.Authority, Decision, null) { Sealed = Seal }, "", ""),
        (new ItemHidden(ActedBy.Platform, null, Act), "", ""),
        (new ItemUnpublished(ActedBy.Authority, new(["hets", "personuppgifter"], true, null, null, 4), null), "", ""),
        (new ItemUnpublished(ActedBy.Unknown, null, Act), "", ""),
        (new ItemDeletedFromChannel(ActedBy.Authority, Decision, null), "", ""),
        (new ItemDeletedFromChannel(ActedBy.Author, null, Act), "", ""),
        (new ItemRestored(ActedBy.Authority, 4, null), "", ""),
        (new ItemRestored(ActedBy.Author, null, Act), "", ""),
        (new EmergencyConfirmed(true, 4), "", ""),
        (new UnknownActObserved(Act), "", ""),
        (new ReactionCounted(-1, "b3c4", Act), "", ""),
        (new AttachmentStored(A, B, 1_048_577, "image/jpeg"), "", ""),
        (new RecordAssessed(true, false, true, 4), "", ""),
        (new RecordRegistered(A, B, "BUN 2026/17", 1, Direction.DrawnUp, At, At, "comment", "Public 360", 4), "", ""),
        (new RecordRegistered(A, B, "BUN 2026/17", 2, Direction.Received, At, At, "comment", null, 4), "", ""),
        (new RecordKeptOrdered(4), "", ""),
        (new RecordExempted(C, 4), "", ""),
        (new RecordExempted(null, 4), "", ""),
        (new RecordRouted("personakt", 4), "", ""),
        (new SecrecyMarked(A, "OSL 26:1", At, 4), "", ""),
        (new SecrecyLifted(A, At, 4), "", ""),
        (new ItemDisposed(A, B, C, 3, ["content", "register"], At), "", ""),

        (new CaseOpened(A, B, "BUN 2026/17", 2026, 17, "1.2.3", At, "Public 360", 4), "", ""),
        (new CaseOpened(A, B, "BUN 2026/17", 2026, 17, "1.2.3", At, null, 4), "", ""),
        (new CaseDocumentAdded(A, 1), "", ""),

        (new PersonRegistered(false) { Sealed = Seal }, "", ""),
        (new RoleGranted(Role.Registrator, A, B), "", ""),
        (new RoleGranted(Role.Admin, null, B), "", ""),
        (new RoleRevoked(Role.Moderator, A, B), "", ""),
        (new ClearanceGranted(B), "", ""),
        (new ClearanceRevoked(B), "", ""),
        (new LocalAccountOpened(B), "", ""),
        (new PasswordSet(B), "", ""),
        (new PersonClosed(B), "", ""),
        (new PersonReopened(B), "", ""),
        (new TokenIssued(A, [new(Role.Connector, B)], true, [C], At, At, B), "", ""),
        (new TokenRevoked(A, At, B), "", ""),
        (new RecordOpened(A, "secret"), "", ""),
    ];
}
