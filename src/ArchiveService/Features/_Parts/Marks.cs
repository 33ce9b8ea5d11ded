using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Razor.TagHelpers;
using RecordDirection = ArchiveService.Features.Records.Direction;
using RecordRegistration = ArchiveService.Features.Records.Registration;
using RecordVisibility = ArchiveService.Features.Records.Visibility;

namespace ArchiveService.Features.PageParts;

/// <summary>How a mark is toned. The tone only repeats what shape and word already say.</summary>
public enum Tone
{
    Plain, Good, Attention, Bad, Hold, Gone,
}

/// <summary>A shape, a word and a tone.</summary>
public sealed record Mark(Icon Icon, string Word, Tone Tone = Tone.Plain)
{
    /// <summary>The same shape with a word of its own, such as a diary number instead of "Registrerad".</summary>
    public Mark Saying(string word) => this with { Word = word };
}

/// <summary>The mark families: every state has one mark. An unknown retention code is shown as it stands, never hidden.</summary>
public static class Marks
{
    public static Mark Incoming { get; } = new(Icon.Incoming, "Inkommen");
    public static Mark Drafted { get; } = new(Icon.Drafted, "Upprättad");
    public static Mark DirectionUnknown { get; } = new(Icon.DirectionUnknown, "Okänd avsändare", Tone.Gone);

    public static Mark Visible { get; } = new(Icon.Visible, "Synlig", Tone.Good);
    public static Mark EditedVisible { get; } = new(Icon.Edited, "Ändrad, synlig", Tone.Good);
    public static Mark Hidden { get; } = new(Icon.Hidden, "Dold", Tone.Attention);
    public static Mark Unpublished { get; } = new(Icon.Unpublished, "Avpublicerad", Tone.Attention);
    public static Mark DeletedInChannel { get; } = new(Icon.Deleted, "Raderad i kanalen", Tone.Bad);
    public static Mark DeletedBySender { get; } = new(Icon.Deleted, "Raderad av avsändaren", Tone.Bad);
    public static Mark DeletedByPlatform { get; } = new(Icon.Deleted, "Raderad av plattformen", Tone.Bad);
    public static Mark DeletedBySomeone { get; } = new(Icon.Deleted, "Borttagen, okänt av vem", Tone.Bad);
    public static Mark NotSeen { get; } = new(Icon.NotSeen, "Okänt i kanalen", Tone.Gone);

    public static Mark NotAssessed { get; } = new(Icon.NotAssessed, "Ej bedömd");
    public static Mark Registered { get; } = new(Icon.Registered, "Registrerad");
    public static Mark KeptOrdered { get; } = new(Icon.KeptOrdered, "Hålls ordnad");
    public static Mark Minor { get; } = new(Icon.Minor, "Ringa betydelse");
    public static Mark Routed { get; } = new(Icon.Routed, "Förd till akt");
    public static Mark NumberStruck { get; } = new(Icon.Struck, "Utgår", Tone.Gone);

    public static Mark NoRule { get; } = new(Icon.Kept, "Bevaras, ingen regel");
    public static Mark Kept { get; } = new(Icon.Kept, "Bevaras");
    public static Mark TimeRuns { get; } = new(Icon.TimeRuns, "Frist löper");
    public static Mark TimePassed { get; } = new(Icon.TimePassed, "Frist passerad", Tone.Attention);
    public static Mark Held { get; } = new(Icon.Held, "Gallringsstopp", Tone.Hold);
    public static Mark DisposalApproved { get; } = new(Icon.Approved, "Gallring godkänd", Tone.Attention);
    public static Mark Transferred { get; } = new(Icon.Transferred, "Överlämnad till arkivmyndigheten", Tone.Gone);
    public static Mark Destroyed { get; } = new(Icon.Destroyed, "Gallrad", Tone.Gone);

    public static Mark Done(string word) => new(Icon.Ok, word, Tone.Good);
    public static Mark Waiting(string word) => new(Icon.Clock, word);
    public static Mark Attention(string word) => new(Icon.Warning, word, Tone.Attention);
    public static Mark Failed(string word) => new(Icon.Stop, word, Tone.Bad);

    public static Mark Of(RecordDirection direction) => direction switch
    {
        RecordDirection.Received => Incoming,
        RecordDirection.DrawnUp => Drafted,
        _ => DirectionUnknown,
    };

    /// <summary>What is seen in the channel, whether it was edited, and who took it away.</summary>
    public static Mark Of(RecordVisibility visibility, bool edited = false, ActedBy? removedBy = null) => visibility switch
    {
        RecordVisibility.Visible => edited ? EditedVisible : Visible,
        RecordVisibility.Hidden => Hidden,
        RecordVisibility.Unpublished => Unpublished,
        _ => removedBy switch
        {
            ActedBy.Author => DeletedBySender,
            ActedBy.Platform => DeletedByPlatform,
            ActedBy.Authority => DeletedInChannel,
            _ => DeletedBySomeone,
        },
    };

    /// <summary>With a diary number the mark says the number.</summary>
    public static Mark Of(RecordRegistration registration, string? diaryNumber = null) => registration switch
    {
        RecordRegistration.Captured => NotAssessed,
        RecordRegistration.KeptOrdered => KeptOrdered,
        RecordRegistration.Exempt => Minor,
        RecordRegistration.Routed => Routed,
        _ => diaryNumber is null ? Registered : Registered.Saying(diaryNumber),
    };

    /// <summary>As it is stored in a view: received | drawnUp | undetermined.</summary>
    public static Mark Direction(string? stored) => Read<RecordDirection>(stored) is { } direction ? Of(direction) : Unknown(stored);

    /// <summary>As it is stored in a view: visible | hidden | unpublished | deleted, with authority | author | platform | unknown.</summary>
    public static Mark Visibility(string? stored, bool edited = false, string? removedBy = null) =>
        Read<RecordVisibility>(stored) is { } visibility ? Of(visibility, edited, Read<ActedBy>(removedBy)) : Unknown(stored);

    /// <summary>As it is stored in a view: captured | keptOrdered | exempt | routed | registered.</summary>
    public static Mark Registration(string? stored, string? diaryNumber = null) =>
        Read<RecordRegistration>(stored) is { } registration ? Of(registration, diaryNumber) : Unknown(stored);

    /// <summary>A retention state as it is stored; no state and no rule means keep.</summary>
    public static Mark Retention(string? code) => Folded(code) switch
    {
        "" or "active" or "none" => NoRule,
        "preserve" or "preserved" or "packaged" => Kept,
        "scheduled" => TimeRuns,
        "due" => TimePassed,
        "held" => Held,
        "approved" => DisposalApproved,
        "transferred" or "localcopydisposed" => Transferred,
        "disposed" or "destroyed" => Destroyed,
        _ => Unknown(code),
    };

    private static Mark Unknown(string? code) => new(Icon.Info, code ?? "Okänt");

    private static T? Read<T>(string? stored) where T : struct, Enum =>
        Enum.TryParse<T>(Folded(stored), ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : null;

    private static string Folded(string? code) =>
        code is null ? "" : code.Replace("_", "").Replace("-", "").ToLowerInvariant();
}

/// <summary><c>&lt;state-mark of="Marks.Hidden" /&gt;</c>: one mark.</summary>
[HtmlTargetElement("state-mark", TagStructure = TagStructure.WithoutEndTag)]
public sealed class MarkTagHelper : TagHelper
{
    public Mark? Of { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (Of is null)
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", Of.Tone switch
        {
            Tone.Good => "m m-good",
            Tone.Attention => "m m-warn",
            Tone.Bad => "m m-bad",
            Tone.Hold => "m m-hold",
            Tone.Gone => "m m-gone",
            _ => "m",
        });
        output.Content.AppendHtml(IconDrawings.Svg(Of.Icon));
        output.Content.Append(Of.Word);
    }
}

/// <summary><c>&lt;secrecy-plate /&gt;</c>: the only filled mark, meant to be seen from afar and on paper (OSL 5:5).</summary>
[HtmlTargetElement("secrecy-plate", TagStructure = TagStructure.WithoutEndTag)]
public sealed class SecrecyPlateTagHelper : TagHelper
{
    /// <summary>The word on the plate; "Sekretess" unless told otherwise.</summary>
    public string Word { get; set; } = "Sekretess";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "m m-sek");
        output.Content.AppendHtml(IconDrawings.Svg(Icon.Lock));
        output.Content.Append(Word);
    }
}
