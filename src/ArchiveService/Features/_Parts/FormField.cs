using System.Globalization;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ArchiveService.Features.PageParts;

public enum FieldKind
{
    /// <summary>From the property's type: day, number, tick box or a line of text.</summary>
    FromType, Line, LongText, Search, Password, Day, Number, Select, Radios, Checks, Tick, File,
}

/// <summary>Something to choose; a choice that is not open says why in its note.</summary>
public sealed record Choice(string Value, string Text, string? Note = null, bool Closed = false);

/// <summary>
/// <c>&lt;form-field for="Motivation" label="Motivering" hint="…" as="LongText" /&gt;</c>: label, hint, error and control,
/// tied together; what was typed is kept after a refusal. Errors come from ModelState.
/// </summary>
[HtmlTargetElement("form-field", TagStructure = TagStructure.WithoutEndTag)]
public sealed class FormFieldTagHelper : TagHelper
{
    public required ModelExpression For { get; set; }

    public required string Label { get; set; }

    public string? Hint { get; set; }

    public FieldKind As { get; set; }

    public IReadOnlyList<Choice> Choices { get; set; } = [];

    /// <summary>Says "(frivilligt)" after the label.</summary>
    public bool Optional { get; set; }

    /// <summary>A narrow control.</summary>
    public bool Narrow { get; set; }

    /// <summary>Label and control only, for a filter row.</summary>
    public bool Compact { get; set; }

    /// <summary>With compact: takes two columns of the filter row.</summary>
    public bool Wide { get; set; }

    /// <summary>Under a long text: at least this many characters, said and counted.</summary>
    public int AtLeast { get; set; }

    public int AtMost { get; set; }

    /// <summary>An id of its own, where the same property is asked for twice on a page.</summary>
    public string? Id { get; set; }

    public string? Autocomplete { get; set; }

    public string? Placeholder { get; set; }

    /// <summary>For a file: what may be chosen.</summary>
    public string? Accept { get; set; }

    [ViewContext]
    [HtmlAttributeNotBound]
    public required ViewContext ViewContext { get; set; }

    private string Name => ViewContext.ViewData.TemplateInfo.GetFullHtmlFieldName(For.Name);

    private string OwnId => Id ?? TagBuilder.CreateSanitizedId(Name, "_");

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        ViewContext.ModelState.TryGetValue(Name, out var entry);
        var error = Wrong(entry);
        var kind = Kind();
        var grouped = kind is FieldKind.Radios or FieldKind.Checks;
        var target = grouped && Choices.Count > 0 ? $"{OwnId}_0" : OwnId;
        if (error is not null && (context.Items.TryGetValue(typeof(FormErrors), out var list) || ViewContext.HttpContext.Items.TryGetValue(typeof(FormErrors), out list)) && list is FormErrors errors)
        {
            errors.Add(Name, target, error);
        }

        output.TagName = grouped ? "fieldset" : "div";
        output.TagMode = TagMode.StartTagAndEndTag;
        var box = Compact ? (Wide ? "wide" : "") : error is null ? "field" : "field field-bad";
        if (box.Length > 0)
        {
            output.Attributes.SetAttribute("class", box);
        }

        var described = string.Join(' ', new[] { Hint is null ? null : $"{OwnId}_h", error is null ? null : $"{OwnId}_e", Counted(kind) ? $"{OwnId}_c" : null }.OfType<string>());
        if (grouped && described.Length > 0)
        {
            output.Attributes.SetAttribute("aria-describedby", described);
        }

        if (kind != FieldKind.Tick)
        {
            WriteLabel(output, grouped);
        }

        WriteHintAndError(output, error);
        switch (kind)
        {
            case FieldKind.Radios or FieldKind.Checks:
                WriteChoices(output, kind, Values(entry));
                break;
            case FieldKind.Tick:
                WriteTick(output, Values(entry), described, error is not null);
                break;
            default:
                var control = Control(kind, First(entry), described, error is not null);
                output.Content.AppendHtml(control);
                break;
        }

        WriteCount(output, kind, First(entry));
    }

    private FieldKind Kind()
    {
        if (As != FieldKind.FromType)
        {
            return As;
        }

        var type = For.ModelExplorer.Metadata.UnderlyingOrModelType;
        return type == typeof(DateOnly) ? FieldKind.Day
            : type == typeof(bool) ? FieldKind.Tick
            : type == typeof(int) || type == typeof(long) ? FieldKind.Number
            : FieldKind.Line;
    }

    private bool Counted(FieldKind kind) => kind == FieldKind.LongText && (AtLeast > 0 || AtMost > 0);

    private static string? Wrong(ModelStateEntry? entry) =>
        entry?.Errors.Select(error => error.ErrorMessage).FirstOrDefault(message => message.Length > 0);

    // What was typed wins over what is stored, so that a refused form keeps its words.
    private IReadOnlyList<string> Values(ModelStateEntry? entry) => entry?.RawValue switch
    {
        string typed => [typed],
        IEnumerable<string> typed => [.. typed],
        _ => Stored(For.Model),
    };

    private string First(ModelStateEntry? entry) => Values(entry) is [var first, ..] ? first : "";

    private static IReadOnlyList<string> Stored(object? model) => model switch
    {
        null => [],
        string text => [text],
        bool ticked => ticked ? ["true"] : [],
        DateOnly day => [Swedish.Date(day)],
        DateTimeOffset at => [Swedish.Date(at)],
        IEnumerable<string> many => [.. many],
        IFormattable value => [value.ToString(null, CultureInfo.InvariantCulture)],
        _ => [model.ToString() ?? ""],
    };

    private void WriteLabel(TagHelperOutput output, bool grouped)
    {
        var label = new TagBuilder(grouped ? "legend" : "label");
        if (!grouped)
        {
            label.Attributes["for"] = OwnId;
        }

        if (Compact)
        {
            label.AddCssClass("lbl");
        }

        label.InnerHtml.Append(Label);
        if (Optional)
        {
            label.InnerHtml.AppendHtml(""" <span class="opt">(frivilligt)</span>""");
        }

        output.Content.AppendHtml(label);
    }

    private void WriteHintAndError(TagHelperOutput output, string? error)
    {
        if (Hint is not null)
        {
            var hint = new TagBuilder("p");
            hint.AddCssClass("hint");
            hint.Attributes["id"] = $"{OwnId}_h";
            hint.InnerHtml.Append(Hint);
            output.Content.AppendHtml(hint);
        }

        if (error is not null)
        {
            var wrong = new TagBuilder("p");
            wrong.AddCssClass("err");
            wrong.Attributes["id"] = $"{OwnId}_e";
            wrong.InnerHtml.AppendHtml(IconDrawings.Svg(Icon.Stop)).AppendHtml("""<span><span class="vh">Fel: </span>""").Append(error).AppendHtml("</span>");
            output.Content.AppendHtml(wrong);
        }
    }

    private TagBuilder Control(FieldKind kind, string value, string described, bool isWrong)
    {
        var control = new TagBuilder(kind switch { FieldKind.LongText => "textarea", FieldKind.Select => "select", _ => "input" });
        control.AddCssClass(Narrow ? "in in-s" : "in");
        control.Attributes["id"] = OwnId;
        control.Attributes["name"] = Name;
        Add(control, "aria-describedby", described);
        Add(control, "autocomplete", Autocomplete);
        Add(control, "placeholder", Placeholder);
        Add(control, "accept", Accept);
        Add(control, "aria-invalid", isWrong ? "true" : null);
        Add(control, "maxlength", AtMost > 0 && kind != FieldKind.LongText ? AtMost.ToString(CultureInfo.InvariantCulture) : null);
        switch (kind)
        {
            case FieldKind.LongText:
                Add(control, "data-count", Counted(kind) ? $"{OwnId}_n" : null);
                control.InnerHtml.AppendHtml("\n").Append(value);
                break;
            case FieldKind.Select:
                foreach (var choice in Choices)
                {
                    control.InnerHtml.AppendHtml(Option(choice, choice.Value == value));
                }

                break;
            default:
                control.TagRenderMode = TagRenderMode.SelfClosing;
                control.Attributes["type"] = kind switch
                {
                    FieldKind.Day => "date",
                    FieldKind.Search => "search",
                    FieldKind.Password => "password",
                    FieldKind.File => "file",
                    _ => "text",
                };
                Add(control, "inputmode", kind == FieldKind.Number ? "numeric" : null);
                Add(control, "value", kind is FieldKind.Password or FieldKind.File ? null : value);
                break;
        }

        return control;
    }

    private static TagBuilder Option(Choice choice, bool chosen)
    {
        var option = new TagBuilder("option");
        option.Attributes["value"] = choice.Value;
        Add(option, "selected", chosen ? "selected" : null);
        Add(option, "disabled", choice.Closed ? "disabled" : null);
        option.InnerHtml.Append(choice.Text);
        return option;
    }

    private void WriteChoices(TagHelperOutput output, FieldKind kind, IReadOnlyList<string> chosen)
    {
        output.Content.AppendHtml(kind == FieldKind.Checks && Choices.Count > 5 ? """<div class="checks">""" : "<div>");
        for (var i = 0; i < Choices.Count; i++)
        {
            var choice = Choices[i];
            output.Content.AppendHtml(Check(
                kind == FieldKind.Radios ? "radio" : "checkbox", $"{OwnId}_{i}", choice, chosen.Contains(choice.Value), ""));
        }

        output.Content.AppendHtml("</div>");
    }

    private void WriteTick(TagHelperOutput output, IReadOnlyList<string> chosen, string described, bool isWrong)
    {
        var check = Check("checkbox", OwnId, new Choice("true", Label), chosen.Contains("true"), described, isWrong);
        output.Content.AppendHtml(check);
    }

    private TagBuilder Check(string type, string id, Choice choice, bool chosen, string described, bool isWrong = false)
    {
        var row = new TagBuilder("div");
        row.AddCssClass("check");
        var input = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        input.Attributes["type"] = type;
        input.Attributes["id"] = id;
        input.Attributes["name"] = Name;
        input.Attributes["value"] = choice.Value;
        Add(input, "aria-describedby", described);
        Add(input, "aria-invalid", isWrong ? "true" : null);
        Add(input, "checked", chosen ? "checked" : null);
        Add(input, "disabled", choice.Closed ? "disabled" : null);
        var label = new TagBuilder("label");
        label.Attributes["for"] = id;
        label.InnerHtml.Append(choice.Text);
        if (choice.Note is not null)
        {
            label.InnerHtml.AppendHtml("""<span class="sub">""").Append(choice.Note).AppendHtml("</span>");
        }

        row.InnerHtml.AppendHtml(input).AppendHtml(label);
        return row;
    }

    private void WriteCount(TagHelperOutput output, FieldKind kind, string value)
    {
        if (!Counted(kind))
        {
            return;
        }

        var limits = (AtLeast, AtMost) switch
        {
            ( > 0, > 0) => $"Minst {Swedish.Number(AtLeast)} och högst {Swedish.Number(AtMost)} tecken.",
            ( > 0, _) => $"Minst {Swedish.Number(AtLeast)} tecken.",
            _ => $"Högst {Swedish.Number(AtMost)} tecken.",
        };
        output.Content.AppendHtml($"""<p class="count" id="{OwnId}_c"><span>""").Append(limits)
            .AppendHtml($"""</span><span>Du har skrivit <span id="{OwnId}_n">{Swedish.Number(value.Length)}</span>.</span></p>""");
    }

    private static void Add(TagBuilder tag, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            tag.Attributes[name] = value;
        }
    }
}
