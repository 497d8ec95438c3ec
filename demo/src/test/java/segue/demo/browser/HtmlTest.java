package segue.demo.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

import java.net.URI;
import java.util.List;
import java.util.Map;

class HtmlTest {
    private static final URI PAGE = URI.create("https://id.example.org/u/login?state=s");

    private static List<Form> forms(String html) {
        return new Html(PAGE, html).forms();
    }

    @Test
    void aFormIsItsActionItsMethodAndItsFields() {
        var forms =
                forms(
                        """
                        <FORM METHOD=post Action='/u/login?a=1&amp;b=2' class="x>y">
                        <input name="state" type=hidden value="a &quot;b&#34; &#x1F600;">
                        <input name=username><input name="password" type="password" required/>
                        </FORM>
                        """);
        assertThat(forms)
                .containsExactly(
                        new Form(
                                PAGE,
                                URI.create("https://id.example.org/u/login?a=1&b=2"),
                                true,
                                Map.of("state", "a \"b\" 😀", "username", "", "password", "")));
    }

    @Test
    void aFormWithoutAnActionGoesBackToItsPage() {
        var form = forms("<form><input name=a value=1></form>").getFirst();
        assertThat(form.action()).isEqualTo(PAGE);
        assertThat(form.isPost()).isFalse();
    }

    @Test
    void whatCommentsAndScriptsSayIsNoForm() {
        assertThat(
                        forms(
                                """
                                <!-- <form action="/no"></form> -->
                                <script>"<form action='/no'></form>"</script>
                                <style>form { content: "<form></form>" }</style>
                                """))
                .isEmpty();
    }

    @Test
    void theFirstButtonIsClickedAndUncheckedBoxesStayHome() {
        var form =
                forms(
                                """
                                <form>
                                <input type=checkbox name=off><input type=checkbox name=on checked>
                                <input type=button name=b value=1><input name=gone disabled>
                                <button name=action value=accept>Yes</button>
                                <button name=action value=deny>No</button>
                                </form>
                                """)
                        .getFirst();
        assertThat(form.fields()).isEqualTo(Map.of("on", "on", "action", "accept"));
    }

    @Test
    void aFieldThatIsNotKnownIsReportedRatherThanOverlooked() {
        assertThatIllegalStateException()
                .isThrownBy(() -> forms("<form><select name=a></select></form>"))
                .withMessageContaining("select");
    }

    @Test
    void nobodyFillsInAFieldThatIsNotThere() {
        var form = forms("<form><input name=a></form>").getFirst();
        assertThat(form.filled(Map.of("a", "1")).fields()).isEqualTo(Map.of("a", "1"));
        assertThatIllegalArgumentException().isThrownBy(() -> form.filled(Map.of("b", "1")));
        assertThat(form.tampered("b", "1").fields()).isEqualTo(Map.of("a", "", "b", "1"));
    }

    @Test
    void aHeadingIsReadWithoutItsMarkup() {
        var html = new Html(PAGE, "<h1 class=x> Ada &amp; <b>Charles</b> </h1>");
        assertThat(html.textOf("h1")).hasValue("Ada & Charles");
        assertThat(html.textOf("h2")).isEmpty();
    }
}
