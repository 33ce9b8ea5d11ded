using System.Globalization;
using System.Text;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.DefaultStates;

/// <summary>A version of a rule in force, and whether a record is one it settles. Pure.</summary>
public sealed record DefaultRule(
    Guid Id, int Version, Guid Authority, string Name, IReadOnlyList<string> RecordTypes, RuleContent Content, int? AtMostCharacters, Registration To, Guid? DisposalDecision, string? DecisionReference)
{
    public const int MostCharacters = 20;

    /// <summary>What the law and the policy let a rule do. Registration, secrecy, taking down and gallring are a person's acts whatever the policy says.</summary>
    public static Refusal? Unlawful(Registration to, Policy policy) => to switch
    {
        Registration.KeptOrdered when policy.RegistrationDefault == "register" =>
            new("policy-registers-all", "Myndighetens riktlinje låter inte handlingar hållas ordnade i stället för att registreras (R-14)."),
        Registration.Exempt when policy["ringa.keepOrdered"] == "true" =>
            new("policy-keeps-minor-ordered", "Myndighetens riktlinje håller också det ringa ordnat (V-10). Välj Håll ordnad."),
        Registration.KeptOrdered or Registration.Exempt => null,
        _ => Refusal.Input("rule-state", "En regel kan hålla ordnat eller undanta. Att registrera, sekretessmarkera, ta ned och gallra är en människas beslut."),
    };

    public bool Matches(RecordState state, string? text) =>
        state is { Exists: true, Registration: Registration.Captured, Wall: Wall.Open, Visibility: Visibility.Visible, Direction: Direction.Received, ContentCaptured: true, DisposedAt: null, Assessment: null, RecordType: not "direct-message" }
        && state.AttachmentsExpected.Count == 0 && RecordTypes.Contains(state.RecordType) && MatchesText(text);

    public bool MatchesText(string? text)
    {
        var said = (text ?? "").Trim();
        if (Hints.In(said).Count > 0) return false;
        return Content switch
        {
            RuleContent.ThumbsUp => said.Length > 0 && Clusters(said).All(c => c.StartsWith("👍", StringComparison.Ordinal) && IsHarmlessEmoji(c)),
            RuleContent.EmojiOnly => said.Length > 0 && Clusters(said).All(IsHarmlessEmoji),
            _ => Clusters(said).Count() <= AtMostCharacters && Clusters(said).All(c => IsHarmlessEmoji(c) || c.All(IsPlain)) && !said.Contains("www", StringComparison.OrdinalIgnoreCase) && !HoldsLink(said),
        };
    }

    public Happened Settle(int policyVersion) => new(new RecordSettledByRule(Id, Version, To, DisposalDecision, policyVersion));

    private static IEnumerable<string> Clusters(string text)
    {
        var each = StringInfo.GetTextElementEnumerator(text);
        while (each.MoveNext())
        {
            var cluster = each.GetTextElement();
            if (!cluster.All(char.IsWhiteSpace)) yield return cluster;
        }
    }

    /// <summary>Letters and the end of a sentence. A figure may be a number of somebody, a question wants an answer (N-12).</summary>
    private static bool IsPlain(char c) => char.IsLetter(c) || char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark || c is '.' or ',' or '!' or '-' or '\'' or '’';

    private static bool HoldsLink(string text) => text.Split([' ', '\n', '\t']).Any(word => word.TrimEnd('.', '!', ',').IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && dot < word.TrimEnd('.', '!', ',').Length - 1);

    private static bool IsHarmlessEmoji(string cluster)
    {
        var symbols = 0;
        foreach (var rune in cluster.EnumerateRunes())
        {
            if (Telling.Contains(rune.Value)) return false;
            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.OtherSymbol:
                    symbols++;
                    break;
                case UnicodeCategory.ModifierSymbol when rune.Value is >= 0x1F3FB and <= 0x1F3FF:
                case UnicodeCategory.Format:
                case UnicodeCategory.NonSpacingMark when rune.Value is 0xFE0F or 0xFE0E:
                    break;
                default:
                    return false;
            }
        }

        return symbols > 0;
    }

    /// <summary>Emoji that can threaten, insult or tell of illness and death: a person looks at them.</summary>
    private static readonly HashSet<int> Telling =
    [
        .. "🖕🔪🗡🔫💣🧨🪓☠💀⚰🪦🔥🚨🆘🩸💉💊🤮🤢💩🤬😡👿😈🐒🐵🦍🐷🐖🐀🐍🍌🤡🧠🏳🏴☭⚡🖤🪢🧷🔞🍆🍑💦👊🥊✊✋👎🙄🤥🧟👹👺".EnumerateRunes().Select(r => r.Value).Where(v => v != 0xFE0F),
    ];
}

/// <summary>The words of a rule, as programs say them and as people read them.</summary>
public static class DefaultRuleWords
{
    public static IReadOnlyDictionary<string, (RuleContent Content, string Text)> Contents { get; } = new Dictionary<string, (RuleContent, string)>(StringComparer.Ordinal)
    {
        ["thumbsUp"] = (RuleContent.ThumbsUp, "bara tummen upp"),
        ["emojiOnly"] = (RuleContent.EmojiOnly, "bara emojier, ingen som hotar eller förolämpar"),
        ["short"] = (RuleContent.Short, "tom eller bara några tecken: ingen länk, siffra eller fråga"),
    };

    public static IReadOnlyDictionary<string, (Registration To, string Text)> States { get; } = new Dictionary<string, (Registration, string)>(StringComparer.Ordinal)
    {
        ["keptOrdered"] = (Registration.KeptOrdered, "hålls ordnad"),
        ["exempt"] = (Registration.Exempt, "undantas, uppenbart ringa betydelse"),
    };

    public static IReadOnlyDictionary<string, string> RecordTypes { get; } = new Dictionary<string, string>(StringComparer.Ordinal) { ["comment"] = "kommentarer", ["post"] = "inlägg av andra" };
}
