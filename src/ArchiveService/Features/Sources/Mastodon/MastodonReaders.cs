using ArchiveService.Capture;
using ArchiveService.Capture.Mastodon;
using ArchiveService.Features.Deliveries;

namespace ArchiveService.Features.Sources.Mastodon;

/// <summary>The forms that Mastodon's answers are kept under. The shape of the answer says how it is read; the form says what was asked.</summary>
public static class MastodonForms
{
    public const string Statuses = "mastodon-statuses";
    public const string Context = "mastodon-context";
    public const string History = "mastodon-history";
    public const string Notifications = "mastodon-notifications";
    public const string Conversations = "mastodon-conversations";
    public const string Absence = "mastodon-absence";
    public const string Event = "mastodon-event";

    public static IReadOnlyList<string> Answers { get; } = [Statuses, Context, History, Notifications, Conversations];

    private const string Item = "Archive-Item";
    private const string ItemId = "Archive-Item-Id";
    private const string Audience = "Archive-Audience";
    private const string Parent = "Archive-Parent";
    private const string IsReply = "Archive-Reply";
    private const string IsPoll = "Archive-Poll";
    private const string OwnAccount = "Archive-Own-Account";
    private const string OwnPrefix = "Archive-Own-Prefix";

    /// <summary>What the poller knew goes with the delivery as if it were headers: the answer alone does not say it.</summary>
    public static Dictionary<string, string> Headers(MastodonAround around)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in ((string, string?)[])
            [(Item, around.Item), (ItemId, around.ItemId), (Audience, around.Audience), (Parent, around.Parent), (IsReply, around.IsReply ? "yes" : null), (IsPoll, around.IsPoll ? "yes" : null), (OwnAccount, around.OwnAccount), (OwnPrefix, around.OwnPrefix)])
        {
            if (value is not null) headers[name] = value;
        }

        return headers;
    }

    public static MastodonAround Around(DeliveryContext context)
    {
        string? Of(string name) => context.Headers?.FirstOrDefault(h => string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase)).Value;
        return new(Of(Item), Of(ItemId), Of(Audience), Of(Parent), Of(IsReply) is not null, Of(IsPoll) is not null, Of(OwnAccount), Of(OwnPrefix));
    }
}

public sealed class MastodonAnswerReader(string form) : IDeliveryReader
{
    public string Platform => "mastodon";

    public string Form => form;

    public IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, DeliveryContext context, DateTimeOffset now) => MastodonAnswer.Read(body, MastodonForms.Around(context), now);
}

/// <summary>The server's word that there is no such status, asked for after it was missing at two polls.</summary>
public sealed class MastodonAbsenceReader : IDeliveryReader
{
    public string Platform => "mastodon";

    public string Form => MastodonForms.Absence;

    public IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, DeliveryContext context, DateTimeOffset now) => [MastodonAnswer.Absent(body, MastodonForms.Around(context), now)];
}

public sealed class MastodonEventReader : IDeliveryReader
{
    public string Platform => "mastodon";

    public string Form => MastodonForms.Event;

    public IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, DeliveryContext context, DateTimeOffset now) => MastodonEvents.ReadOne(body, MastodonForms.Around(context), now);
}
